package moving_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/moving"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

func open(t *testing.T) store.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func apply(t *testing.T, e store.Engine, ops ...store.Op) {
	t.Helper()
	results, err := e.Apply(t.Context(), ops)
	if err = errors.Join(append(results, err)...); err != nil {
		t.Fatal(err)
	}
}

func event(id string) store.Receive {
	return store.Receive{Event: store.Item{
		ID: id, Conn: "nordwear", Kind: store.Event, State: store.Waiting, Exchange: "ex_1", Source: "ongoing",
		Received: time.Unix(1, 0), Due: time.Unix(1, 0), Dedupe: "key " + id, Body: []byte(`{}`),
	}}
}

// filled is a store with more events than a page holds.
func filled(t *testing.T) store.Engine {
	t.Helper()
	e := open(t)
	var ops []store.Op
	for i := range 600 {
		ops = append(ops, event(fmt.Sprintf("ev_%03d", i)))
	}
	apply(t, e, ops...)
	return e
}

func TestACopyIntoWhatSomebodyElseChangedIsNoCopy(t *testing.T) {
	from, to := filled(t), open(t)
	c := moving.Copy{From: from, To: to, Source: "a", Check: func() error { return nil }}
	broken := errors.New("cut off")
	c.Check = func() error { return broken } // all is written, and the copy has not come to its end
	if _, err := c.Run(t.Context()); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if source, err := moving.Unfinished(t.Context(), to); err != nil || source != "a" {
		t.Fatalf("unfinished is a copy of %q, %v", source, err)
	}
	other := moving.Copy{From: open(t), To: to, Source: "b", Check: func() error { return nil }}
	var foreign *moving.ForeignError
	if _, err := other.Run(t.Context()); !errors.As(err, &foreign) {
		t.Errorf("a copy from elsewhere: %v, want it refused", err)
	}
	c.Check = func() error { return nil }
	apply(t, to, event("ev_new"))
	got, err := c.Run(t.Context())
	var differ *moving.DifferError
	if !errors.As(err, &differ) || !strings.Contains(err.Error(), "601 items, in the source 600") || !strings.Contains(err.Error(), "ex_1") {
		t.Fatalf("got %v", err)
	}
	if !got.Resumed || got.Copied >= 600 {
		t.Errorf("got %+v, want the last page alone to be copied again", got)
	}
}

func TestACopyDoesNotReplaceWhatIsThere(t *testing.T) {
	from, to := filled(t), open(t)
	cut := errors.New("cut off")
	c := moving.Copy{From: from, To: to, Source: "a", Check: func() error { return cut }}
	if _, err := c.Run(t.Context()); !errors.Is(err, cut) {
		t.Fatal(err)
	}
	apply(t, from, store.Put{Doc: store.Doc{Bucket: "connections", Key: "nordwear", Body: []byte(`1`)}})
	apply(t, to, store.Put{Doc: store.Doc{Bucket: "connections", Key: "nordwear", Body: []byte(`2`)}})
	if _, err := c.Run(t.Context()); !errors.Is(err, store.ErrConflict) || !strings.Contains(err.Error(), "document connections/nordwear") {
		t.Errorf("got %v, want a conflict that names the document", err)
	}
}
