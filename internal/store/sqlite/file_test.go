package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestOneProcessServesAFile(t *testing.T) {
	e := serving(t)
	_, err := Open(t.Context(), e.path, Options{Serve: true})
	var locked *LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), e.path) {
		t.Fatalf("got %v, want a LockedError that names the file", err)
	}
	beside := opened(t, e.path, Options{})
	if got := apply(t, beside, received("ev_1")); got[0] != nil {
		t.Fatal(got[0])
	}
	due, _, err := e.Work(t.Context(), shop, nil, noon, 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("what another process kept: %v, %v", due, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, e.path, Options{Serve: true})
}

func TestServingEndsTheLastOwnersLeases(t *testing.T) {
	e := serving(t)
	old := owned(t, e)
	beside := opened(t, e.path, Options{})
	if got := apply(t, beside, whole(old, 1)); got[0] != nil {
		t.Fatalf("opened beside, leases must stay: %v", got[0])
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	again := opened(t, e.path, Options{Serve: true})
	if got := apply(t, again, whole(old, 2)); !errors.Is(got[0], store.ErrFenced) {
		t.Fatalf("got %v, want ErrFenced", got[0])
	}
	fence, err := again.Own(t.Context(), shop, "you", time.Hour)
	if err != nil || fence <= old {
		t.Fatalf("fence %d after %d, %v", fence, old, err)
	}
}

func TestTheClockIsGiven(t *testing.T) {
	now := noon
	e := opened(t, filepath.Join(t.TempDir(), "t.db"), Options{Serve: true, Now: func() time.Time { return now }})
	if _, err := e.Own(t.Context(), shop, "me", time.Minute); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(time.Minute - 1)
	if _, err := e.Own(t.Context(), shop, "you", time.Minute); !errors.Is(err, store.ErrHeld) {
		t.Fatalf("a moment before its end: %v", err)
	}
	now = noon.Add(time.Minute)
	if fence, err := e.Own(t.Context(), shop, "you", time.Minute); err != nil || fence != 2 {
		t.Fatalf("at its end: %d, %v", fence, err)
	}
}

func TestRenewingALeaseWritesNothing(t *testing.T) {
	now := noon
	e := opened(t, filepath.Join(t.TempDir(), "t.db"), Options{Serve: true, Now: func() time.Time { return now }})
	fence := owned(t, e)
	if got := apply(t, e, whole(fence, 1)); got[0] != nil {
		t.Fatal(got[0])
	}
	before := size(t, e.path+"-wal")
	for range 10 {
		now = now.Add(time.Minute)
		if again := owned(t, e); again != fence {
			t.Fatalf("fence %d after %d", again, fence)
		}
	}
	if after := size(t, e.path+"-wal"); after != before {
		t.Errorf("ten renewals wrote %d bytes: one in two seconds is made for each connection", after-before)
	}
	now = noon.Add(time.Hour)
	if _, err := e.Own(t.Context(), shop, "you", time.Minute); !errors.Is(err, store.ErrHeld) {
		t.Errorf("got %v: it was renewed ten minutes later", err)
	}
	now = noon.Add(time.Hour + 10*time.Minute)
	if again, err := e.Own(t.Context(), shop, "you", time.Minute); err != nil || again <= fence {
		t.Errorf("after its end: fence %d after %d, %v", again, fence, err)
	}
}

func TestANewerFileIsRefused(t *testing.T) {
	e := serving(t)
	if err := e.w.script("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), e.path, Options{Serve: true})
	var version *VersionError
	if !errors.As(err, &version) || version.Has != 99 || version.Knows != 1 {
		t.Fatalf("got %v", err)
	}
}

func TestAnOlderFileIsLeftAloneWhileAnotherProcessServesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	lock, err := lockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := Open(t.Context(), path, Options{}); !errors.As(err, &locked) {
		t.Fatalf("got %v, want a LockedError", err)
	}
	if err := lock.release(); err != nil {
		t.Fatal(err)
	}
	opened(t, path, Options{})
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	e := serving(t)
	apply(t, e, received("ev_1"))
	for _, name := range []string{"", "-wal", "-shm", ".lock"} {
		st, err := os.Stat(e.path + name)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", st.Name(), st.Mode())
		}
	}
}

func TestTheFileIsSafeAndGivesRoomBack(t *testing.T) {
	e := serving(t)
	for pragma, want := range map[string]int64{
		"synchronous": 2, "foreign_keys": 1, "auto_vacuum": 2, "busy_timeout": 5000, "secure_delete": 1, "journal_size_limit": 64 << 20,
	} {
		var got int64
		if _, err := e.w.row("PRAGMA "+pragma, nil, &got); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", pragma, got, err, want)
		}
	}
	var mode string
	if _, err := e.w.row("PRAGMA journal_mode", nil, &mode); err != nil || mode != "wal" {
		t.Errorf("journal_mode is %s, %v", mode, err)
	}
	if _, err := e.db.Exec("DELETE FROM items"); err == nil {
		t.Error("a reader may write")
	}
}

func TestPathsOfAllKindsOpen(t *testing.T) {
	for _, name := range []string{"a b.db", "100%.db", "what?.db", "#1.db", "ö.db"} {
		path := filepath.Join(t.TempDir(), name)
		e := opened(t, path, Options{Serve: true})
		apply(t, e, received("ev_1"))
		if _, err := os.Stat(path + "-wal"); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none", "t.db"), Options{}); err == nil {
		t.Error("opened in a folder that is not there")
	}
}

func TestPeopleCanReadTheFile(t *testing.T) {
	e := serving(t)
	step := whole(owned(t, e), 1)
	step.Next.Policy.Number, step.Next.Facts.Sequence = "{order}-EX{n}", 1
	step.Next.Facts.Shop = &exchange.Shop{OrderName: "#1001"}
	step.Next.Facts.Order = &exchange.Order{Number: "#1001-EX1", Status: exchange.Status{Number: 300, Text: "Released"}}
	step.Next.Raised = []exchange.Raised{{Code: "fulfillment_held"}, {Code: "money_mismatch"}}
	for _, err := range apply(t, e, step, received("ev_1")) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var id, stage, number, status, raised, updated string
	if err := e.db.QueryRow(`SELECT id, stage, number, order_status, raised, updated FROM exchanges_view`).
		Scan(&id, &stage, &number, &status, &raised, &updated); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join([]string{id, stage, number, status, raised, updated}, " | "),
		"ex_0001 | requested | #1001-EX1 | Released | fulfillment_held, money_mismatch | 2026-11-22T12:00:00.000Z"; got != want {
		t.Errorf("exchanges_view: %s, want %s", got, want)
	}
	var source, topic, at, state, body string
	if err := e.db.QueryRow(`SELECT source, topic, received, state, body FROM events_view WHERE id = 'ev_1'`).
		Scan(&source, &topic, &at, &state, &body); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join([]string{source, topic, at, state, body}, " | "),
		`ongoing | order.status | 2026-11-22T12:00:00.000Z | waiting | {"id":"ev_1"}`; got != want {
		t.Errorf("events_view: %s, want %s", got, want)
	}
	for _, text := range []string{`SELECT typeof(body) FROM raws`, `SELECT typeof(body) FROM items`, `SELECT typeof(body) FROM docs`} {
		var kind string
		if err := e.db.QueryRow(text).Scan(&kind); err != nil || kind != "text" {
			t.Errorf("%s is %s, %v", text, kind, err)
		}
	}
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	_, err := Open(t.Context(), filepath.Join(folder, "t.db"), Options{Serve: true})
	if err == nil || !strings.Contains(err.Error(), "there is no folder "+folder) {
		t.Errorf("said %v", err)
	}
}

func TestWhyAFileCannotBeOpenedIsSaid(t *testing.T) {
	folder := t.TempDir()
	loop := filepath.Join(folder, "loop.db")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{folder: "is a directory", loop: "too many levels of symbolic links"} {
		if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("said %v, want %s", err, want)
		}
	}
}
