package sqlite

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const shop = store.Conn("nordwear")

func opened(t *testing.T, path string, o Options) *Engine {
	t.Helper()
	e, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func serving(t *testing.T) *Engine {
	t.Helper()
	return opened(t, filepath.Join(t.TempDir(), "tradeback.db"), Options{Serve: true})
}

func received(id string) store.Receive {
	return store.Receive{Event: store.Item{
		ID: id, Conn: shop, Kind: store.Event, State: store.Waiting, Source: "ongoing", Topic: "order.status", Received: noon, Due: noon,
		Dedupe: "key " + id, Digest: id, Body: []byte(`{"id":"` + id + `"}`), Raw: []byte(`{"raw":"` + id + `"}`),
	}}
}

// whole is a step with all its parts named after n.
func whole(fence uint64, n int) store.Step {
	id := exchange.ID(fmt.Sprintf("ex_%04d", n))
	x := exchange.New(id, shop, exchange.Policy{}, noon)
	x.Version = 1
	return store.Step{
		Conn: shop, Fence: fence, Next: &x, Refs: []exchange.Ref{exchange.RefID(id)},
		Entry: &exchange.Entry{Exchange: id, Version: 1, At: noon},
		Items: []store.Item{{
			ID: string(id) + "/a", Conn: shop, Kind: store.Effect, State: store.Waiting, Exchange: id, Received: noon, Due: noon,
			Body: []byte(`"` + strings.Repeat("x", 3000) + `"`),
		}},
		Docs: []store.Doc{{Conn: shop, Bucket: "b", Key: string(id), Body: []byte(`{}`)}},
	}
}

func apply(t *testing.T, e *Engine, ops ...store.Op) []error {
	t.Helper()
	got, err := e.Apply(t.Context(), ops)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func owned(t *testing.T, e *Engine) uint64 {
	t.Helper()
	fence, err := e.Own(t.Context(), shop, "me", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return fence
}

// parts counts the parts of step n that are in the file: 0 or 5.
func parts(t *testing.T, e *Engine, n int) int {
	t.Helper()
	id := fmt.Sprintf("ex_%04d", n)
	var count int
	if err := e.db.QueryRow(`SELECT (SELECT count(*) FROM exchanges WHERE id = ?1) + (SELECT count(*) FROM journal WHERE exchange = ?1)
		+ (SELECT count(*) FROM items WHERE exchange = ?1) + (SELECT count(*) FROM docs WHERE key = ?1)
		+ (SELECT count(*) FROM refs WHERE exchange = ?1)`, id).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// killed is a copy of the files as a kill -9 leaves them, with the log cut off or spoilt at an offset.
func killed(t *testing.T, path string, cut int, spoil bool) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "tradeback.db")
	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if spoil {
		wal[cut] ^= 0x55
	} else {
		wal = wal[:cut]
	}
	for name, b := range map[string][]byte{to: db, to + "-wal": wal} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func size(t *testing.T, path string) int {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(st.Size())
}

func TestALogCutOrSpoiltAnywhereLosesNoStepThatWasSyncedBefore(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	e := serving(t)
	fence := owned(t, e)
	const steps = 20
	var acknowledged [steps]int // the log's length after each
	for n := range steps {
		for _, err := range apply(t, e, whole(fence, n), received(fmt.Sprint("ev_", n))) {
			if err != nil {
				t.Fatal(err)
			}
		}
		acknowledged[n] = size(t, e.path+"-wal")
	}
	for try := range 30 {
		cut := random.IntN(acknowledged[steps-1])
		to := killed(t, e.path, cut, try%2 == 1)
		again, err := Open(t.Context(), to, Options{Serve: true})
		if err != nil {
			t.Fatalf("seed %d, cut at %d: %v", seed, cut, err)
		}
		for n := range steps {
			got := parts(t, again, n)
			if got != 0 && got != 5 || got == 0 && acknowledged[n] <= cut {
				t.Errorf("seed %d, cut at %d: %d of 5 parts of step %d, acknowledged at %d", seed, cut, got, n, acknowledged[n])
			}
		}
		if got := apply(t, again, received("after")); got[0] != nil {
			t.Errorf("seed %d, cut at %d: the next event: %v", seed, cut, got[0])
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestKilledBetweenRoundsEverythingAcknowledgedIsThere(t *testing.T) {
	e := serving(t)
	if _, err := e.w.exec(`PRAGMA wal_autocheckpoint = 20`); err != nil { // so that checkpoints come in between
		t.Fatal(err)
	}
	fence := owned(t, e)
	for n := range 30 {
		apply(t, e, whole(fence, n))
		if n%7 != 0 {
			continue
		}
		again := opened(t, killed(t, e.path, size(t, e.path+"-wal"), false), Options{Serve: true})
		for k := range n + 1 {
			if got := parts(t, again, k); got != 5 {
				t.Fatalf("after step %d: %d of 5 parts of step %d", n, got, k)
			}
		}
		var ok string
		if err := again.db.QueryRow(`PRAGMA integrity_check`).Scan(&ok); err != nil || ok != "ok" {
			t.Fatalf("integrity: %s, %v", ok, err)
		}
	}
}

func TestABadOperationCannotFailItsNeighbours(t *testing.T) {
	e := serving(t)
	fence := owned(t, e)
	if err := e.w.script(`CREATE TRIGGER bad BEFORE INSERT ON items WHEN new.id LIKE '%bad%' OR new.exchange = 'ex_0002'
		BEGIN SELECT RAISE(ABORT, 'bad'); END`); err != nil {
		t.Fatal(err)
	}
	got := apply(t, e, received("ev_1"), whole(fence, 1), received("ev_bad"), whole(fence, 2), received("ev_2"), whole(fence, 3))
	for i, bad := range []bool{false, false, true, true, false, false} {
		if (got[i] != nil) != bad {
			t.Errorf("operation %d: %v", i, got[i])
		}
	}
	for n, want := range map[int]int{1: 5, 2: 0, 3: 5} {
		if got := parts(t, e, n); got != want {
			t.Errorf("step %d left %d parts, want %d", n, got, want)
		}
	}
	found, _, err := e.Items(t.Context(), store.Query{Conn: shop, Kinds: []store.Kind{store.Event}})
	if err != nil || len(found) != 2 {
		t.Errorf("events kept: %v, %v", found, err)
	}
	var keys int
	if err := e.db.QueryRow(`SELECT count(*) FROM dedupe`).Scan(&keys); err != nil || keys != 2 {
		t.Errorf("%d keys kept, %v: the refused event's must be free", keys, err)
	}
}

func TestAFullFileFailsTheRoundAndTheNextOneIsTriedAnew(t *testing.T) {
	e := serving(t)
	fence := owned(t, e)
	apply(t, e, received("ev_1"))
	var left int64
	if _, err := e.w.row(`PRAGMA max_page_count = 1`, nil, &left); err != nil { // of this connection: down to what is used
		t.Fatal(err)
	}
	var ops []store.Op
	for n := range 20 {
		ops = append(ops, whole(fence, n))
	}
	if _, err := e.Apply(t.Context(), ops); !errors.Is(err, store.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	if got := parts(t, e, 0); got != 0 {
		t.Fatalf("%d parts are left", got)
	}
	for i, err := range apply(t, e, ops...) {
		if err != nil {
			t.Fatalf("operation %d after room came back: %v", i, err)
		}
	}
}

func TestALockedFileFailsTheRound(t *testing.T) {
	e := serving(t)
	beside := opened(t, e.path, Options{})
	if _, err := beside.w.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	var ms int64
	if _, err := e.w.row("PRAGMA busy_timeout = 0", nil, &ms); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(t.Context(), []store.Op{received("ev_1")}); err == nil {
		t.Fatal("done while another process writes")
	}
	beside.w.rollback()
	if got := apply(t, e, received("ev_1")); got[0] != nil {
		t.Fatal(got[0])
	}
}

func TestBelowTheReserveEventsAreRefusedAndStepsAreDone(t *testing.T) {
	e := serving(t)
	fence := owned(t, e)
	free := int64(1 << 40)
	e.room = func() (int64, error) { return free, nil }
	if got := apply(t, e, received("ev_1")); got[0] != nil {
		t.Fatal(got[0])
	}
	free = e.o.Reserve - 1
	got := apply(t, e, received("ev_2"), whole(fence, 1), store.Put{Doc: store.Doc{Conn: shop, Bucket: "b", Key: "k", Body: []byte(`1`)}})
	if !errors.Is(got[0], store.ErrFull) || got[1] != nil || got[2] != nil {
		t.Fatalf("got %v", got)
	}
	if _, err := e.Apply(t.Context(), nil); !errors.Is(err, store.ErrFull) {
		t.Fatalf("a trial: got %v, want ErrFull", err)
	}
	free = e.o.Reserve
	if _, err := e.Apply(t.Context(), nil); err != nil {
		t.Fatalf("a trial with room again: %v", err)
	}
	if got := apply(t, e, received("ev_2")); got[0] != nil {
		t.Fatal(got[0])
	}
}

func TestNothingIsKeptInAFileThatIsNotInItsPlace(t *testing.T) {
	e := serving(t)
	apply(t, e, received("ev_1"))
	aside := e.path + ".aside"
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"moved", func() error { return os.Rename(e.path, aside) }},
		{"replaced", func() error { return os.WriteFile(e.path, nil, 0o600) }},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		var moved *MovedError
		if got, err := e.Apply(t.Context(), []store.Op{received("ev_2")}); !errors.As(err, &moved) {
			t.Errorf("%s: got %v, %v, want a MovedError", c.name, got, err)
		}
		if _, err := e.Apply(t.Context(), nil); !errors.As(err, &moved) {
			t.Errorf("%s: a trial says %v", c.name, err)
		}
	}
	if err := os.Rename(aside, e.path); err != nil {
		t.Fatal(err)
	}
	if got := apply(t, e, received("ev_2")); got[0] != nil {
		t.Errorf("after it was put back: %v", got[0])
	}
}

func TestAfterCloseNothingIsDone(t *testing.T) {
	e := serving(t)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(t.Context(), []store.Op{received("ev_1")}); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("Apply: %v", err)
	}
	if _, err := e.Own(t.Context(), shop, "me", time.Hour); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("Own: %v", err)
	}
	if _, err := e.Conns(t.Context()); err == nil {
		t.Fatal("Conns answered")
	}
	if err := e.Close(); err != nil {
		t.Fatalf("Close again: %v", err)
	}
}
