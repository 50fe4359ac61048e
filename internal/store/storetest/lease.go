package storetest

import (
	"errors"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// touch is the smallest step.
func touch(fence uint64, key string) store.Step {
	return store.Step{Conn: shop, Fence: fence, Docs: []store.Doc{doc(key, `{}`)}}
}

var leasing = []promise{
	{"a lease held by another is refused", func(h *harness) {
		h.own(shop)
		if _, err := h.e.Own(h.Context(), shop, "you", time.Hour); !errors.Is(err, store.ErrHeld) {
			h.Fatalf("got %v, want ErrHeld", err)
		}
		if _, err := h.e.Own(h.Context(), shop, "you", 0); !errors.Is(err, store.ErrHeld) {
			h.Fatalf("giving up another's: %v, want ErrHeld", err)
		}
		if _, err := h.e.Own(h.Context(), other, "you", time.Hour); err != nil {
			h.Fatalf("another connection: %v", err)
		}
	}},
	{"renewing keeps the fence", func(h *harness) {
		if a, b := h.own(shop), h.own(shop); a != b || a == 0 {
			h.Fatalf("fences %d and %d", a, b)
		}
	}},
	{"a lease that ran out is taken with a higher fence, and its owner is fenced", func(h *harness) {
		old, err := h.e.Own(h.Context(), shop, "me", time.Nanosecond)
		if err != nil {
			h.Fatal(err)
		}
		h.must(touch(old, "while nobody took it"))
		var fence uint64
		for fence == 0 { // the store's clock has no hands to move; a nanosecond is soon over
			fence, err = h.e.Own(h.Context(), shop, "you", time.Hour)
			if err != nil && !errors.Is(err, store.ErrHeld) {
				h.Fatal(err)
			}
		}
		if fence <= old {
			h.Fatalf("fence %d after %d", fence, old)
		}
		h.refused(touch(old, "late"), store.ErrFenced)
		h.must(touch(fence, "in time"))
		if _, err := h.e.Own(h.Context(), shop, "me", time.Hour); !errors.Is(err, store.ErrHeld) {
			h.Fatalf("the old owner: %v, want ErrHeld", err)
		}
	}},
	{"a lease given up is free at once, and its fence is over", func(h *harness) {
		old := h.own(shop)
		if _, err := h.e.Own(h.Context(), shop, "me", 0); err != nil {
			h.Fatal(err)
		}
		h.refused(touch(old, "late"), store.ErrFenced)
		fence, err := h.e.Own(h.Context(), shop, "you", time.Hour)
		if err != nil || fence <= old {
			h.Fatalf("fence %d after %d, %v", fence, old, err)
		}
		h.refused(touch(old, "later"), store.ErrFenced)
	}},
	{"giving up what nobody has is no fault", func(h *harness) {
		if _, err := h.e.Own(h.Context(), shop, "me", 0); err != nil {
			h.Fatal(err)
		}
	}},
	{"an owner has a name", func(h *harness) {
		if _, err := h.e.Own(h.Context(), shop, "", time.Hour); !errors.Is(err, store.ErrInvalid) {
			h.Fatalf("got %v, want ErrInvalid", err)
		}
	}},
	{"without an owner no step is done", func(h *harness) {
		h.refused(touch(0, "a"), store.ErrFenced)
		h.refused(touch(1, "a"), store.ErrFenced)
	}},
	{"a fence is good for its connection alone", func(h *harness) {
		fence := h.own(other)
		h.refused(touch(fence, "a"), store.ErrFenced)
	}},
	{"the process's own shard has a lease too", func(h *harness) {
		h.own("")
		if _, err := h.e.Own(h.Context(), "", "you", time.Hour); !errors.Is(err, store.ErrHeld) {
			h.Fatalf("got %v, want ErrHeld", err)
		}
		h.must(touch(h.own(shop), "a"))
	}},
	{"events and documents need no owner", func(h *harness) {
		h.must(store.Receive{Event: event("ev_1")}, store.Put{Doc: doc("a", `{}`)})
	}},
}
