package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// present announces owner and wants these to be announced then.
func (h *harness) present(owner string, ttl time.Duration, want ...string) {
	h.Helper()
	alive, err := h.e.Present(h.Context(), owner, ttl)
	if err != nil {
		h.Fatalf("Present: %v", err)
	}
	if !slices.Equal(alive, want) {
		h.Fatalf("announced are %q, want %q", alive, want)
	}
}

var announcing = []promise{
	{"who is announced is listed once, by name", func(h *harness) {
		h.present("b", time.Hour, "b")
		h.present("c", time.Hour, "b", "c")
		h.present("a", time.Hour, "a", "b", "c")
		h.present("b", time.Minute, "a", "b", "c")
	}},
	{"an announcement taken back is over at once", func(h *harness) {
		h.present("a", time.Hour, "a")
		h.present("b", time.Hour, "a", "b")
		h.present("a", 0, "b")
		h.present("b", time.Hour, "b")
	}},
	{"taking back what was not announced is no fault", func(h *harness) {
		h.present("a", 0)
	}},
	{"an announcement runs out", func(h *harness) {
		h.present("a", time.Hour, "a")
		if _, err := h.e.Present(h.Context(), "b", time.Nanosecond); err != nil {
			h.Fatal(err)
		}
		for { // the store's clock has no hands to move; a nanosecond is soon over
			alive, err := h.e.Present(h.Context(), "a", time.Hour)
			if err != nil {
				h.Fatal(err)
			}
			if slices.Equal(alive, []string{"a"}) {
				return
			}
		}
	}},
	{"who is announced has a name", func(h *harness) {
		if _, err := h.e.Present(h.Context(), "", time.Hour); !errors.Is(err, store.ErrInvalid) {
			h.Fatalf("got %v, want ErrInvalid", err)
		}
	}},
	{"announcements and leases know nothing of each other", func(h *harness) {
		h.own(shop)
		h.present("you", time.Hour, "you")
		if _, err := h.e.Own(h.Context(), shop, "you", time.Hour); !errors.Is(err, store.ErrHeld) {
			h.Fatalf("got %v, want ErrHeld", err)
		}
		h.present("you", 0)
		h.must(touch(h.own(shop), "a"))
	}},
}
