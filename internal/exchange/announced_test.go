package exchange

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sharing is an exchange that returns n items of a line, of which so many were sent in rows of the original order.
func sharing(id ID, n int, agreed uint64, rows ...int) Exchange {
	m := newModelOf(nil, 1, testPolicy(), 0, []int{n}, []int{n})
	x := New(id, "nordwear", testPolicy(), testTime)
	x.Facts.Sequence = 1
	s := m.shop
	s.Stamp = Stamp{1, agreed}
	x.Facts.absorbShop(&s)
	o := Original{ID: 40, Number: "#1001"}
	for i, ordered := range rows {
		o.Lines = append(o.Lines, OrderLine{ID: int64(i) + 7, Article: "M", Ordered: ordered})
	}
	o.Stamp = Stamp{1, agreed + 10}
	x.Facts.Original = &o
	return x
}

// told is x with what is known of the order's other exchanges.
func told(x Exchange, others ...Exchange) Exchange {
	all := append(others, x)
	o := *x.Facts.Original
	o.Announced = AnnouncedBeside(all, x.ID)
	x.Facts.Original = &o
	return x
}

func TestTwoExchangesThatShareALineAnnounceNoMoreThanWasSent(t *testing.T) {
	made := func(x Exchange, role Role, received int) Exchange {
		p, _ := x.placing()
		r := &ReturnOrder{ID: 60, Status: Status{Role: role}}
		for _, l := range p.back.Lines {
			r.Lines = append(r.Lines, ReturnOrderLine{Row: l.Row, LineID: l.OriginalLineID, Article: l.Article, Announced: l.Quantity, Received: received})
		}
		x.Facts.ReturnOrder = r
		return x
	}
	cancelled := func(x Exchange) Exchange { x.Stage = Cancelled; return x }
	cases := []struct {
		name  string
		x     Exchange
		other Exchange
		code  Code
		lines []int64 // of the original order
	}{
		{"one of two each", sharing("b", 1, 2, 2), made(sharing("a", 1, 1, 2), RoleNotified, 0), "", []int64{7}},
		{"one of two each, in rows of their own", sharing("b", 1, 2, 1, 1), made(sharing("a", 1, 1, 1, 1), RoleNotified, 0), "", []int64{8}},
		{"both of one", sharing("b", 1, 2, 1), made(sharing("a", 1, 1, 1), RoleNotified, 0), LineTaken, nil},
		{"both of one, and the other came back", sharing("b", 1, 2, 1), made(sharing("a", 1, 1, 1), RoleReturned, 1), LineTaken, nil},
		{"both of one, and nothing came back of the other", sharing("b", 1, 2, 1), made(sharing("a", 1, 1, 1), RoleReturned, 0), "", []int64{7}},
		{"both of one, and the other is cancelled", sharing("b", 1, 2, 1), cancelled(made(sharing("a", 1, 1, 1), RoleCancelled, 0)), "", []int64{7}},
		{"both of one, the other is cancelled, and came back", sharing("b", 1, 2, 1), cancelled(made(sharing("a", 1, 1, 1), RoleReturned, 1)), LineTaken, nil},
		{"neither is announced, the other was first", sharing("b", 1, 2, 1), sharing("a", 1, 1, 1), LineTaken, nil},
		{"neither is announced, this one was first", sharing("b", 1, 1, 1), sharing("a", 1, 2, 1), "", []int64{7}},
		{"more than was sent, without others", sharing("b", 2, 2, 1), sharing("a", 1, 3, 1), LineNotPlaced, nil},
	}
	for _, c := range cases {
		x := told(c.x, c.other)
		p, code := x.placing()
		s := *x.Facts.Shop // and by a later read of the shop
		s.Stamp, s.Siblings = Stamp{1, 99}, Beside([]Exchange{c.other, c.x}, c.x.ID, &s)
		x.Facts.Shop = &s
		if _, again := x.placing(); again != code {
			t.Errorf("%s: %q, and by a later read of the shop %q", c.name, code, again)
		}
		var lines []int64
		if code == "" {
			for _, l := range p.back.Lines {
				lines = append(lines, l.OriginalLineID)
			}
		}
		if d := cmp.Diff(c.lines, lines); code != c.code || d != "" {
			t.Errorf("%s: %q, want %q; lines (-want, +got):\n%s", c.name, code, c.code, d)
		}
	}
}

// The one that is refused says why, and goes on when the other is called off.
func TestAnExchangeWhoseLineIsTakenWaitsForTheOther(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.original.Announced = []Announced{{LineID: 7, Quantity: 1}}
	m.request()
	m.run()
	if m.x.Stage != Requested || m.acts[PlaceReturnOrder] != 0 || !raised(m.x, LineTaken) {
		t.Fatalf("stage %s, acts %v, raised %v, want it raised and nothing placed", m.x.Stage, m.acts, m.x.Raised)
	}
	m.shop.Siblings = &Siblings{Announced: m.original.Announced}
	m.stale()
	if m.x.Stage != Requested || !raised(m.x, LineTaken) {
		t.Fatalf("stage %s, raised %v, want it to wait still", m.x.Stage, m.x.Raised)
	}
	m.shop.Siblings = nil
	m.stale()
	if m.x.Stage != Open || len(m.x.Raised) > 0 {
		t.Fatalf("stage %s, raised %v, waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
	}
}
