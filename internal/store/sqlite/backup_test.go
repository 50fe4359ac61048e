package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

func large(id string) store.Op {
	return store.Receive{Event: store.Item{
		ID: id, Conn: "nordwear", Kind: store.Event, State: store.Waiting, Source: "ongoing", Received: time.Unix(1, 0),
		Raw: bytes.Repeat([]byte("x"), 1<<20),
	}}
}

func apply(t *testing.T, e *sqlite.Engine, ops ...store.Op) {
	t.Helper()
	results, err := e.Apply(t.Context(), ops)
	if err = errors.Join(append(results, err)...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, e *sqlite.Engine) int {
	t.Helper()
	found, _, err := e.Items(t.Context(), store.Query{Conn: "nordwear", Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestABackupIsOfOneMomentAndHoldsNobodyUp(t *testing.T) {
	from := path(t)
	e := open(t, from)
	for i := range 12 {
		apply(t, e, large(fmt.Sprint("ev_", i)))
	}
	to := filepath.Join(t.TempDir(), "backup.db")
	steps := 0
	err := sqlite.Backup(t.Context(), from, to, func(done, all int) {
		steps++
		if done > all || done == all && steps == 1 {
			t.Errorf("%d of %d pages at step %d: the store is too small for this test", done, all, steps)
		}
		apply(t, e, large(fmt.Sprint("ev_meanwhile_", steps)))
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := sqlite.Open(t.Context(), to, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Integrity(t.Context()); err != nil {
		t.Error(err)
	}
	if got := count(t, b); got != 12 || count(t, e) != 12+steps {
		t.Errorf("the backup holds %d events and the store %d, want 12 and %d", got, count(t, e), 12+steps)
	}
}

func TestABackupThatIsCutOffLeavesNothing(t *testing.T) {
	from := path(t)
	apply(t, open(t, from), large("ev_1"), large("ev_2"), large("ev_3"), large("ev_4"), large("ev_5"), large("ev_6"))
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	err := sqlite.Backup(ctx, from, filepath.Join(dir, "backup.db"), func(int, int) { cancel() })
	left, listed := os.ReadDir(dir)
	if !errors.Is(err, context.Canceled) || listed != nil || len(left) != 0 {
		t.Errorf("%v, and it has left %v, %v", err, left, listed)
	}
}

// TestARestoreAfterOneThatWasKilledTakesNoOldLog restores where the file is gone and its log is not: a log is read
// into whatever file it lies beside.
func TestARestoreAfterOneThatWasKilledTakesNoOldLog(t *testing.T) {
	from, to, backup := path(t), path(t), filepath.Join(t.TempDir(), "backup.db")
	old := open(t, to)
	apply(t, old, large("ev_old"))
	log, err := os.ReadFile(to + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatalf("no log to leave behind: %v", err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(to); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{to + "-wal": log, to + ".restoring": log, to + ".restoring-wal": log} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if e, err := sqlite.Open(t.Context(), to, sqlite.Options{Serve: true}); err == nil || !strings.Contains(err.Error(), "restore it again") {
		t.Fatalf("a store is begun anew where a restore was cut off: %v, %v", e, err)
	}
	apply(t, open(t, from), large("ev_new"))
	nothing := func(int, int) {}
	if err := sqlite.Backup(t.Context(), from, backup, nothing); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Restore(t.Context(), backup, to, false, ".aside", func(*sqlite.Engine) error { return nil }); err != nil {
		t.Fatal(err)
	}
	e := open(t, to)
	found, _, err := e.Items(t.Context(), store.Query{Conn: "nordwear", Limit: 500})
	if err != nil || len(found) != 1 || found[0].ID != "ev_new" {
		t.Errorf("it holds %d events, %v; want the backup's alone", len(found), err)
	}
	if aside, err := os.ReadFile(to + ".aside-wal"); err != nil || !bytes.Equal(aside, log) {
		t.Errorf("the old log is not kept: %v", err)
	}
}
