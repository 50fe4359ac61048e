package storetest

import (
	"errors"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

var claiming = []promise{
	{"a ref is claimed by one exchange", func(h *harness) {
		fence := h.own(shop)
		order := exchange.RefOrder("#1001-EX1")
		got := h.apply(made(fence, swap("ex_1"), order), made(fence, swap("ex_2"), order))
		var claim *store.ClaimError
		if got[0] != nil || !errors.As(got[1], &claim) || claim.Ref != order || claim.By != "ex_1" || !errors.Is(got[1], store.ErrConflict) {
			h.Fatalf("got %v, want done, then a claim of ex_1", got)
		}
		h.absent(shop, "ex_2")
	}},
	{"a claim is kept by its exchange's next versions", func(h *harness) {
		fence := h.own(shop)
		order := exchange.RefOrder("#1001-EX1")
		x := swap("ex_1")
		h.must(made(fence, x, order))
		h.must(made(fence, next(x), order, exchange.RefReference("R-1")))
		h.refused(made(fence, swap("ex_2"), order), store.ErrConflict)
	}},
	{"a shared ref names many", func(h *harness) {
		fence := h.own(shop)
		ref := exchange.RefShopOrder("gid://shopify/Order/1")
		h.must(made(fence, swap("ex_2"), ref), made(fence, swap("ex_1"), ref, exchange.RefOrder("#1")))
		if ids := h.find(shop, ref.Name, "order:#1", "order:none"); !slices.Equal(ids, []exchange.ID{"ex_1", "ex_2"}) {
			h.Fatalf("found %v", ids)
		}
	}},
	{"a claim and a shared ref of one name exclude each other", func(h *harness) {
		fence := h.own(shop)
		claim, shared := exchange.Ref{Name: "n:1"}, exchange.Ref{Name: "n:1", Shared: true}
		h.must(made(fence, swap("ex_1"), claim))
		h.refused(made(fence, swap("ex_2"), shared), store.ErrConflict)
		h.must(made(fence, next(swap("ex_1")), shared))
		h.must(made(fence, swap("ex_2"), shared))
		h.refused(made(fence, next(next(swap("ex_1"))), claim), store.ErrConflict)
	}},
	{"a dropped ref is free", func(h *harness) {
		fence := h.own(shop)
		order, ref := exchange.RefOrder("#1001-EX1"), exchange.RefReference("R-1")
		x := swap("ex_1")
		h.must(made(fence, x, order, ref))
		h.must(made(fence, next(x), ref))
		if ids := h.find(shop, order.Name); len(ids) != 0 {
			h.Fatalf("still found %v", ids)
		}
		h.must(made(fence, swap("ex_2"), order))
		if ids := h.find(shop, order.Name); !slices.Equal(ids, []exchange.ID{"ex_2"}) {
			h.Fatalf("found %v", ids)
		}
	}},
	{"a ref is handed over in one round", func(h *harness) {
		fence := h.own(shop)
		order := exchange.RefOrder("#1")
		x := swap("ex_1")
		h.must(made(fence, x, order), made(fence, next(x)), made(fence, swap("ex_2"), order))
		if ids := h.find(shop, order.Name); !slices.Equal(ids, []exchange.ID{"ex_2"}) {
			h.Fatalf("found %v", ids)
		}
	}},
	{"a ref named twice is one", func(h *harness) {
		fence := h.own(shop)
		order := exchange.RefOrder("#1")
		h.must(made(fence, swap("ex_1"), order, order))
		h.must(made(fence, next(swap("ex_1"))))
		if ids := h.find(shop, order.Name); len(ids) != 0 {
			h.Fatalf("found %v", ids)
		}
	}},
	{"a claim refused leaves the exchange's other refs", func(h *harness) {
		fence := h.own(shop)
		a, b := exchange.RefOrder("#1"), exchange.RefOrder("#2")
		h.must(made(fence, swap("ex_1"), a), made(fence, swap("ex_2"), b))
		h.refused(made(fence, next(swap("ex_1")), b), store.ErrConflict)
		if ids := h.find(shop, a.Name); !slices.Equal(ids, []exchange.ID{"ex_1"}) {
			h.Fatalf("found %v", ids)
		}
	}},
	{"refs belong to one connection", func(h *harness) {
		order := exchange.RefOrder("#1")
		x := swap("ex_1")
		h.must(made(h.own(shop), x, order))
		if ids := h.find(other, order.Name); len(ids) != 0 {
			h.Fatalf("found %v from elsewhere", ids)
		}
		x.Connection = other
		h.must(made(h.own(other), x, order))
	}},
}
