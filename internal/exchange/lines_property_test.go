package exchange

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// goods is an exchange of some lines as it went: what was asked, what came back, how it was sent.
type goods struct {
	*model
	early    bool // the exchange lines are processed before they are sent
	short    bool // by what came back
	accepted bool
}

func quantities(t *rapid.T, name string) []int {
	return rapid.SliceOfN(rapid.IntRange(1, 3), 1, 4).Draw(t, name)
}

// carry plays an exchange of random lines: any policy, both workflows, anything that a warehouse may find.
func carry(t *rapid.T) *goods {
	p := testPolicy()
	p.Partial = rapid.SampledFrom([]string{PartialWait, PartialReleaseMatched, PartialReleaseAll, PartialReview}).Draw(t, "partial")
	p.ReleaseOn = rapid.SampledFrom([]string{OnReturnClosed, OnReturnOrder, OnBoth}).Draw(t, "release on")
	difference := rapid.SampledFrom([]int64{-testPrice, 0, testPrice}).Draw(t, "difference")
	g := &goods{model: newModelOf(t, rapid.Uint64().Draw(t, "seed"), p, difference, quantities(t, "back"), quantities(t, "out"))}
	if g.early = rapid.Bool().Draw(t, "early"); g.early {
		g.priced()
		g.sellAll(Hold{ID: "items", Reason: "AWAITING_RETURN_ITEMS"})
	} else {
		g.pays()
	}
	g.request()
	g.run()
	var received []int
	for _, l := range g.back.Lines {
		received = append(received, rapid.SampledFrom([]int{l.Announced, l.Announced, l.Announced - 1, 0, l.Announced + 1}).Draw(t, "received"))
	}
	g.receive(received...)
	if received[0] > 0 && rapid.IntRange(0, 9).Draw(t, "scrap") == 0 {
		g.back.Lines[0].Scrapped = 1
	}
	g.run()
	g.portal("return.closed")
	g.run()
	g.stale()
	g.short = g.x.short()
	if g.x.Acceptable() && rapid.Bool().Draw(t, "accept") {
		g.accepted = true
		g.accept()
		g.stale()
	}
	for range 8 {
		if g.order.Status.Role != RoleReleased && g.order.Status.Role != RoleSent {
			break
		}
		left := make([]int, len(g.order.Lines))
		sum := 0
		for i, l := range g.order.Lines {
			left[i] = rapid.IntRange(0, l.Ordered-l.Shipped).Draw(t, "shipped")
			sum += left[i]
		}
		if sum > 0 {
			g.ship(left...)
		}
		g.run()
	}
	if g.order.Status.Role == RoleReleased || g.order.Status.Role == RoleSent {
		g.finish()
	}
	return g
}

// pays lets the customer agree to pay for all that goes out: where less comes back than was announced, they owe more.
func (g *goods) pays() {
	all := Money{Currency: "SEK"}
	for _, l := range g.shop.ExchangeLines {
		all.Minor += int64(l.Quantity) * g.out
	}
	g.shop.Transactions = append(g.shop.Transactions[:1], Transaction{
		ID: "auth", Kind: "AUTHORIZATION", Status: "SUCCESS", Amount: all, Unsettled: all, Capturable: true, MultiCapturable: true,
	})
	g.shop.Outstanding.Minor, g.shop.Capturable = -all.Minor, all
	g.auth, g.caps = all.Minor, true
	g.suggest()
}

// keeps checks what must hold of goods and money, against what truly happened.
func (g *goods) keeps(t tb) {
	shipped, fulfilled := map[string]int{}, map[string]int{}
	for _, l := range g.order.Lines {
		if l.Shipped > l.Ordered {
			t.Fatalf("%d of %d were sent", l.Shipped, l.Ordered)
		}
		shipped[l.ExternalID] += l.Shipped
	}
	for _, l := range g.shop.ExchangeLines {
		fulfilled[l.ID] = g.shop.fulfilled(&l)
		if fulfilled[l.ID] > shipped[l.ID] {
			t.Fatalf("of %s %d were sent and %d fulfilled", l.ID, shipped[l.ID], fulfilled[l.ID])
		}
	}
	released := 0
	for _, o := range g.orders {
		if o.Status.Role == RoleReleased || o.Status.Role == RoleSent {
			released++
		}
	}
	if g.acts[Release] > 1 || released > 1 {
		t.Fatalf("%d releases, %d orders out", g.acts[Release], released)
	}
	if g.short && !g.x.passes() && g.acts[Release] > 0 {
		t.Fatalf("a return that is short was released by %s: %+v", g.x.Policy.Partial, g.back.Lines)
	}
	if g.x.Policy.Partial == PartialReleaseMatched && g.short && !g.accepted && g.acts[Release] > 0 {
		came, went := 0, 0
		for _, l := range g.back.Lines {
			came += l.Received
		}
		for _, l := range g.shop.ReturnLines {
			went += l.Quantity
		}
		if came != went {
			t.Fatalf("%d items came back, and the return is left with %d", came, went)
		}
	}
	if g.x.Stage != Completed {
		if len(g.x.Waiting()) == 0 && len(g.x.Raised) == 0 {
			t.Fatalf("it stays at %s and does not say why", g.x.Stage)
		}
		if g.acts[Release] > 0 {
			t.Fatalf("stage %s after it was sent, raised %v, waiting for %v", g.x.Stage, g.x.Raised, g.x.Waiting())
		}
		return
	}
	for _, l := range g.shop.ExchangeLines {
		if fulfilled[l.ID] != l.Quantity {
			t.Fatalf("completed, and of %s %d of %d are fulfilled", l.ID, fulfilled[l.ID], l.Quantity)
		}
	}
	var owes int64
	for _, l := range g.shop.ExchangeLines {
		owes += int64(l.Processed) * g.out
	}
	for _, l := range g.shop.ReturnLines {
		owes -= int64(l.Processed) * g.in
	}
	if g.net() != owes || g.shop.Outstanding.Minor+g.shop.Capturable.Minor != 0 {
		t.Fatalf("completed, and %d was taken of %d; the order owes %d", g.net(), owes, g.shop.Outstanding.Minor+g.shop.Capturable.Minor)
	}
}

func TestGoodsAndMoneyKeepTogetherWhateverComesBack(t *testing.T) {
	stages := map[Stage]int{}
	rapid.Check(t, func(t *rapid.T) {
		g := carry(t)
		stages[g.x.Stage]++
		g.keeps(t)
	})
	if stages[Completed] == 0 || len(stages) < 2 {
		t.Errorf("they ended as %v: the test sees too little", stages)
	}
}

// TestTheSameGoodsInAnyOrderGiveTheSameFacts: two orders, two levels and a return in parts are absorbed as any.
func TestTheSameGoodsInAnyOrderGiveTheSameFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := carry(t)
		again := slices.Concat(g.seen, g.seen)
		g.rnd.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		x := New(g.x.ID, g.x.Connection, g.x.Policy, g.x.Created)
		x.Stage = Sent // where a decision has its place, too
		for _, ev := range again {
			if err := x.absorb(ev); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := text(t, g.x.Facts), text(t, x.Facts); a != b {
			t.Fatalf("facts differ:\n%s\n%s", a, b)
		}
	})
}
