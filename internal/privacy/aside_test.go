package privacy_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/store"
)

func TestAConnectionThatIsSwitchedOffIsErasedToo(t *testing.T) {
	r := newRig(t)
	r.crowd()
	r.keep("ev_asked", privacy.CustomerRedact)
	aside := &privacy.Aside{Options: r.work.Options, Name: "aside", Conns: func() []store.Conn { return []store.Conn{conn} }}
	if n, err := aside.Pass(t.Context()); n != 0 || err != nil {
		t.Fatalf("while somebody owns the connection: did %d, %v", n, err)
	}
	if _, err := r.store.Own(t.Context(), conn, "test", 0); err != nil { // it is switched off
		t.Fatal(err)
	}
	if n, err := aside.Pass(t.Context()); n != 1 || err != nil {
		t.Fatalf("did %d, %v", n, err)
	}
	if got := r.left(); !slices.Equal(got, []string{"ev_other"}) || r.open() != nil || r.inFiles("john") {
		t.Fatalf("bodies are left of %v, requests of %v", got, r.open())
	}
	fence, err := r.store.Own(t.Context(), conn, "test", time.Hour) // it is switched on
	if err != nil {
		t.Fatal(err)
	}
	if n, err := aside.Pass(t.Context()); n != 0 || err != nil {
		t.Fatalf("did %d again, %v", n, err)
	}
	if got, err := r.store.Own(t.Context(), conn, "test", time.Hour); err != nil || got != fence {
		t.Fatalf("with nothing to do it took the connection: %v", err)
	}
}

// slow is a store whose scrub takes long.
type slow struct {
	privacy.Store
	meanwhile func(ctx context.Context)
}

func (s slow) Scrub(ctx context.Context) error {
	s.meanwhile(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.Scrub(ctx)
}

// TestWorkAsideMayTakeLong: as long as nobody switches the connection on.
func TestWorkAsideMayTakeLong(t *testing.T) {
	r := newRig(t)
	r.crowd()
	r.keep("ev_asked", privacy.CustomerRedact)
	if _, err := r.store.Own(t.Context(), conn, "test", 0); err != nil { // it is switched off
		t.Fatal(err)
	}
	options, on := r.work.Options, true
	options.Store = slow{r.store, func(ctx context.Context) {
		if end, ok := ctx.Deadline(); ok {
			t.Errorf("it is to be done by %s", end)
		}
		r.now = r.now.Add(time.Hour)
		if on {
			if _, err := r.store.Own(ctx, conn, "test", time.Minute); err != nil { // it is switched on
				t.Error(err)
			}
		}
	}}
	aside := &privacy.Aside{Options: options, Name: "aside", Conns: func() []store.Conn { return []store.Conn{conn} }}
	if n, err := aside.Pass(t.Context()); n != 0 || err != nil || len(r.open()) != 1 {
		t.Fatalf("it was switched on meanwhile: did %d, %v; open %v", n, err, r.open())
	}
	on = false
	r.now = r.now.Add(time.Hour)
	if n, err := aside.Pass(t.Context()); n != 1 || err != nil || r.open() != nil {
		t.Fatalf("did %d, %v; open %v", n, err, r.open())
	}
}
