package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/demo"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// demoLine is a line of demo --json.
type demoLine struct {
	Story    string
	OK       bool
	Stage    string
	Releases int
	Captured struct{ Minor int64 }
	Error    string
}

// playDemo runs demo --json and gives its lines and its exit status.
func playDemo(t *testing.T, binary string, args ...string) (lines []demoLine, status int) {
	t.Helper()
	return playDemoIn(t, nil, binary, args...)
}

// playDemoIn does it in an environment; nil: in ours.
func playDemoIn(t *testing.T, environ []string, binary string, args ...string) (lines []demoLine, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"demo", "--json"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = environ, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	for dec.More() {
		var l demoLine
		if err := dec.Decode(&l); err != nil {
			t.Fatalf("demo printed no JSON: %v", err)
		}
		lines = append(lines, l)
	}
	if errs.Len() > 0 {
		t.Logf("demo said: %s", errs.String())
	}
	return lines, cmd.ProcessState.ExitCode()
}

func TestDemo(t *testing.T) {
	binary := builtBinary(t)

	t.Run("every story is ok", func(t *testing.T) {
		lines, status := playDemo(t, binary)
		var names []string
		for _, l := range lines {
			names = append(names, l.Story)
			if !l.OK {
				t.Errorf("story %s is not ok: %s", l.Story, l.Error)
			}
		}
		if got, want := strings.Join(names, " "), strings.Join(demo.Stories(), " "); got != want || status != exitDone {
			t.Errorf("stories %s, exit status %d; want %s, %d", got, status, want, exitDone)
		}
	})

	t.Run("who does not look before acting charges twice", func(t *testing.T) {
		lines, status := playDemo(t, binary, "--story", "crash", "--crash-point", "after_act:capture", "--without-look", "capture")
		if len(lines) != 1 || lines[0].OK || lines[0].Captured.Minor != 10000 || status != exitFailed {
			t.Errorf("crash without a look: %+v, exit status %d; want 100.00 captured instead of 50.00, and 1", lines, status)
		}
	})

	t.Run("on a Redis, of which nothing else is touched", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t)
		c := server.Client(t)
		if err := c.Set(t.Context(), "somebody's", "own", 0).Err(); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"--story", "instant-upsell"},
			{"--story", "never-returned", "--replicas", "2"}, // time goes by there too
			{"--story", "crash", "--crash-point", "after_act:capture", "--replicas", "3"},
		} {
			lines, status := playDemo(t, binary, append(args, "--store", server.URL())...)
			if len(lines) != 1 || !lines[0].OK || status != exitDone {
				t.Errorf("%v: %+v, exit status %d", args, lines, status)
			}
		}
		if left, err := c.Keys(t.Context(), "*").Result(); err != nil || !slices.Equal(left, []string{"somebody's"}) {
			t.Errorf("%d keys are left, %v; want the one that was there before", len(left), err)
		}
	})

	t.Run("several replicas share a Redis alone", func(t *testing.T) {
		for _, args := range [][]string{
			{"--replicas", "3"},
			{"--replicas", "0"},
			{"--replicas", "3", "--store", "sqlite:///tmp/t.db"},
			{"--store", "sqlite:///tmp/t.db"},
			{"--store", "mysql://127.0.0.1"},
		} {
			if lines, status := playDemo(t, binary, args...); len(lines) > 0 || status != exitUsage {
				t.Errorf("%v: %+v, exit status %d, want nothing, %d", args, lines, status, exitUsage)
			}
		}
	})

	t.Run("a story that does not exist", func(t *testing.T) {
		if lines, status := playDemo(t, binary, "--story", "nobody-knows"); len(lines) > 0 || status != exitUsage {
			t.Errorf("%+v, exit status %d, want nothing, %d", lines, status, exitUsage)
		}
	})
}
