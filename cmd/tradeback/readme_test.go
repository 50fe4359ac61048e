package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestTheReadmesWalkGoesAsItIsWritten types the walk's blocks into three terminals, in a folder that has nothing but
// bin/tradeback, and holds what is printed against what the README shows. Ports are replaced by free ones.
func TestTheReadmesWalkGoesAsItIsWritten(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	readme := strings.ReplaceAll(string(text), "/tmp/walk", filepath.Join(dir, "walk"))
	for _, port := range []string{"7000", "7001", "7002"} {
		readme = strings.ReplaceAll(readme, "127.0.0.1:"+port, freeAddress(t))
	}
	blocks := shellBlocks(readme)
	if len(blocks) < 3 {
		t.Fatalf("the README has %d shell blocks, want one for each of three terminals at least", len(blocks))
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(builtBinary(t), filepath.Join(dir, "bin", "tradeback")); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	if _, err := exec.LookPath("curl"); err != nil { // a bare machine has none
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(dir, "curl")); err != nil {
			t.Fatal(err)
		}
		path = dir + ":" + path
	}
	env := append(os.Environ(), "PATH="+path)

	first, second := openTerminal(t, dir, env, blocks[0].typed), (*terminal)(nil)
	first.until(t, `"ongoing":`)
	second = openTerminal(t, dir, env, blocks[1].typed)
	second.until(t, `"listening":`)
	rest := blocks[2:]
	var script strings.Builder
	for i, b := range rest {
		fmt.Fprintf(&script, "%s\necho '%s'\n", b.typed, boundary(i))
	}
	third := openTerminal(t, dir, env, script.String())
	err = third.wait()
	if out := third.String(); err != nil {
		t.Fatalf("%v\n%s\nserve said\n%s", err, out, second)
	}
	for _, end := range []*terminal{second, first} {
		_ = syscall.Kill(-end.cmd.Process.Pid, syscall.SIGINT) // as Ctrl-C does
		if err := end.wait(); err != nil && !strings.Contains(err.Error(), "interrupt") {
			t.Errorf("interrupted, it ended with %v:\n%s", err, end)
		}
	}
	blocks[0].check(t, first.String())
	blocks[1].check(t, second.String())
	out := third.String()
	for i, b := range rest {
		var printed string
		printed, out, _ = strings.Cut(out, boundary(i)+"\n")
		b.check(t, printed)
	}
}

func boundary(block int) string { return fmt.Sprintf("-- end of block %d", block) }

// block is a shell block of the README, and what it shows of its output, if it does.
type block struct{ typed, shown string }

// shellBlocks are the blocks marked sh, each with the block marked text that may follow. Blocks marked console are for
// reading.
func shellBlocks(text string) (blocks []block) {
	for {
		_, rest, ok := strings.Cut(text, "\n```sh\n")
		if !ok {
			return blocks
		}
		var b block
		b.typed, text, _ = strings.Cut(rest, "\n```\n")
		if shown, ok := strings.CutPrefix(text, "\n```text\n"); ok {
			b.shown, text, _ = strings.Cut(shown, "\n```\n")
		}
		blocks = append(blocks, b)
	}
}

// check wants each shown line among those that were printed, in order. In it, … stands for anything, and a run of
// spaces for any other.
func (b block) check(t *testing.T, printed string) {
	t.Helper()
	lines := strings.Split(printed, "\n")
	for _, want := range strings.Split(b.shown, "\n") {
		if want == "" {
			continue
		}
		words := strings.Fields(want)
		for i, w := range words {
			words[i] = strings.ReplaceAll(regexp.QuoteMeta(w), "…", ".*")
		}
		like := regexp.MustCompile(`^\s*` + strings.Join(words, `\s+`) + `\s*$`)
		for len(lines) > 0 && !like.MatchString(lines[0]) {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			t.Errorf("the README shows\n%s\nwhich is not there, or not in this order:\n%s", want, printed)
			return
		}
		lines = lines[1:]
	}
}

// terminal is a shell that has been given something to do.
type terminal struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
	new chan struct{} // told when there is more
}

func openTerminal(t *testing.T, dir string, env []string, typed string) *terminal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	term := &terminal{new: make(chan struct{}, 1), cmd: exec.CommandContext(ctx, "bash", "-euc", typed)}
	term.cmd.Dir, term.cmd.Env = dir, env
	term.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	term.cmd.Stdout, term.cmd.Stderr = term, term
	term.cmd.Cancel = func() error { return syscall.Kill(-term.cmd.Process.Pid, syscall.SIGKILL) }
	term.cmd.WaitDelay = 5 * time.Second
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = syscall.Kill(-term.cmd.Process.Pid, syscall.SIGKILL) // what a failed test leaves behind
	})
	return term
}

func (term *terminal) Write(p []byte) (int, error) {
	term.mu.Lock()
	defer term.mu.Unlock()
	select {
	case term.new <- struct{}{}:
	default:
	}
	return term.out.Write(p)
}

func (term *terminal) String() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.out.String()
}

func (term *terminal) wait() error { return term.cmd.Wait() }

// until waits for text to be printed.
func (term *terminal) until(t *testing.T, text string) {
	t.Helper()
	late := time.After(time.Minute)
	for !strings.Contains(term.String(), text) {
		select {
		case <-term.new:
		case <-late:
			t.Fatalf("%s is not printed, but\n%s", text, term)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr())
}
