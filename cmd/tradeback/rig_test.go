package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

var update = flag.Bool("update", false, "write golden files anew")

// rigTime is the time of every command line in these tests.
var rigTime = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// rig is a shell in which tradeback is run: an environment, a terminal or not, and a folder.
type rig struct {
	t     *testing.T
	env   map[string]string
	dir   string
	tty   bool
	stdin string
	mute  bool             // nothing comes from stdin, not even its end
	at    func() time.Time // nil: rigTime
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	return &rig{t: t, dir: dir, env: map[string]string{
		"TRADEBACK_STORE": "sqlite://" + filepath.Join(dir, "t.db"), "TRADEBACK_KEY": testKey,
	}}
}

// ran is what came of a command line.
type ran struct {
	status      int
	out, errOut string
}

func (r *rig) run(args ...string) ran {
	r.t.Helper()
	return r.runIn(r.t.Context(), args, func(string) {})
}

// stopAt runs a command line that is interrupted when it says text on stderr.
func (r *rig) stopAt(text string, args ...string) ran {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	defer stop()
	return r.runIn(ctx, args, func(said string) {
		if strings.Contains(said, text) {
			stop()
		}
	})
}

// tee tells what has been written.
type tee struct {
	*bytes.Buffer
	tell func(string)
}

func (w tee) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	w.tell(w.String())
	return n, err
}

func (r *rig) runIn(ctx context.Context, args []string, heard func(string)) ran {
	r.t.Helper()
	var out, errOut bytes.Buffer
	var in io.Reader = strings.NewReader(r.stdin)
	if r.mute {
		quiet, end := io.Pipe()
		defer end.Close()
		in = quiet
	}
	now := r.at
	if now == nil {
		now = func() time.Time { return rigTime }
	}
	status := run(ctx, env{
		getenv: func(name string) string { return r.env[name] }, stdin: in, stdout: &out, stderr: tee{&errOut, heard},
		now: now, isTerminal: func(any) bool { return r.tty }, user: func() string { return "astrid" },
	}, args)
	return ran{status, out.String(), errOut.String()}
}

// want runs a command line that must end with this status.
func (r *rig) want(status int, args ...string) ran {
	r.t.Helper()
	got := r.run(args...)
	if got.status != status {
		r.t.Fatalf("tradeback %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got.status, status, got.out, got.errOut)
	}
	return got
}

// json runs a command line that must succeed, with --json, and decodes what it prints.
func (r *rig) json(out any, args ...string) {
	r.t.Helper()
	got := r.want(0, append(args, "--json")...)
	if err := json.Unmarshal([]byte(got.out), out); err != nil {
		r.t.Fatalf("tradeback %s: %v in %s", strings.Join(args, " "), err, got.out)
	}
}

func (r *rig) file(name, text string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// store opens the rig's store, as another process that serves it or not.
func (r *rig) store(serve bool) *sqlite.Engine {
	r.t.Helper()
	e, err := sqlite.Open(r.t.Context(), filepath.Join(r.dir, "t.db"), sqlite.Options{Serve: serve})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = e.Close() })
	return e
}

// apply does ops, each of which must succeed.
func (r *rig) apply(e *sqlite.Engine, ops ...store.Op) {
	r.t.Helper()
	results, err := e.Apply(r.t.Context(), ops)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, err := range results {
		if err != nil {
			r.t.Fatalf("operation %d: %v", i, err)
		}
	}
}

// rigPolicy is the policy of the rig's exchanges.
var rigPolicy = exchange.Policy{
	ReleaseOn: exchange.OnReturnClosed, Partial: exchange.PartialWait, MarkReturned: true, ProcessReturn: true,
	Payment: exchange.CaptureOnSent, Deposit: exchange.DepositDifference, DeadlineDays: 21,
	Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}", OriginalOrder: []string{"{order}"},
}

// exchange stores an exchange that was asked for by the API and has come to a stage.
func (r *rig) exchange(e *sqlite.Engine, id exchange.ID, stage exchange.Stage, returnID string) exchange.Exchange {
	r.t.Helper()
	at := rigTime.Add(-2 * time.Hour)
	x, entry, err := exchange.Step(exchange.New(id, "nordwear", rigPolicy, at), exchange.Event{
		ID: "ev_request_" + string(id), Kind: exchange.EventRequested, At: at, Source: "api", Topic: "exchanges.create", Actor: "shop app",
		Policy: &rigPolicy, Request: &exchange.Request{ReturnID: returnID, Reference: "R-" + string(id)},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if stage != exchange.Requested {
		x.Stage, entry.To, entry.Entered = stage, stage, []exchange.Stage{stage}
		x.Since = append(x.Since, exchange.StageAt{Stage: stage, At: at})
	}
	r.commit(e, x, entry)
	return x
}

// hears stores what follows from an event for x.
func (r *rig) hears(e *sqlite.Engine, x exchange.Exchange, ev exchange.Event) exchange.Exchange {
	r.t.Helper()
	next, entry, err := exchange.Step(x, ev)
	if err != nil {
		r.t.Fatal(err)
	}
	r.commit(e, next, entry)
	return next
}

// commit stores x with the line of its journal and what that asks for.
func (r *rig) commit(e *sqlite.Engine, x exchange.Exchange, entry exchange.Entry) {
	r.t.Helper()
	fence, err := e.Own(r.t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		r.t.Fatal(err)
	}
	step := store.Step{Conn: "nordwear", Fence: fence, Next: &x, Entry: &entry, Refs: x.Refs()}
	for _, f := range entry.Effects {
		body, err := json.Marshal(f)
		if err != nil {
			r.t.Fatal(err)
		}
		it := store.Item{
			ID: string(f.ID), Conn: "nordwear", Kind: store.Effect, State: store.Waiting, Exchange: x.ID, Topic: string(f.Kind), Received: entry.At, Due: f.Due, Body: body,
		}
		if have, _, err := e.Items(r.t.Context(), store.Query{Conn: "nordwear", IDs: []string{it.ID}}); err != nil {
			r.t.Fatal(err)
		} else if len(have) > 0 {
			it.Version = have[0].Version
		}
		step.Items = append(step.Items, it)
	}
	r.apply(e, step)
}

// event stores an event of the connection nordwear.
func (r *rig) event(e *sqlite.Engine, it store.Item) {
	r.t.Helper()
	it.Conn, it.Kind = "nordwear", store.Event
	if it.Received.IsZero() {
		it.Received = rigTime.Add(-time.Hour)
	}
	it.Due = it.Received
	it.Line = []byte(`{}`)
	r.apply(e, store.Receive{Event: it})
}

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func decodeLine(t *testing.T, line string, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), out); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
}

// connection stores the connection nordwear.
func (r *rig) connection() {
	r.t.Helper()
	r.env["PASSWORD"] = "x"
	r.env["TRADEBACK_ALLOW_HOST"] = "127.0.0.1:9"
	r.want(0, "apply", "--yes", "-f", r.file("connections.yaml", connectionsTo(shopURL, "Open")))
}
