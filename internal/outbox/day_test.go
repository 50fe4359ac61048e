package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// act is a money act of an exchange of an order of its own, whose connection lets so much be moved in a day.
func (r *rig) act(n int, k exchange.Kind, minor, day int64, said ...exchange.Decided) exchange.Effect {
	r.t.Helper()
	id, order := exchange.ID(fmt.Sprint("ex_", n)), fmt.Sprint("gid://shopify/Order/", n)
	e := exchange.Effect{
		ID: exchange.EffectID(id) + "/" + exchange.EffectID(k) + "/1", Exchange: id, Kind: k, ShopID: order,
		Money: &exchange.MoneyAsk{OrderID: order, Amount: exchange.Money{Minor: minor, Currency: "SEK"}},
	}
	if k == exchange.Process {
		e.Lines = &exchange.ProcessAsk{}
	}
	x := exchange.Exchange{
		ID: id, Connection: conn, Version: 1, Stage: exchange.Sent, Created: r.now, Updated: r.now,
		Policy: exchange.Policy{Limits: []exchange.Limit{{Currency: "SEK", Day: day}}},
		Facts: exchange.Facts{
			Request: exchange.Request{OrderID: order, ReturnID: "gid://shopify/Return/" + string(id)},
			Shop:    &exchange.Shop{OrderID: order}, Said: said,
			Agreed: &exchange.Agreed{Amount: exchange.Money{Minor: minor, Currency: "SEK"}, Balance: exchange.Money{Currency: "SEK"}},
		},
		Asked: []exchange.Asked{{ID: e.ID, Kind: k, At: r.now}},
	}
	if day == 0 {
		x.Policy.Limits = nil
	}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: x.Refs()}); err != nil {
		r.t.Fatal(err)
	}
	r.owe(e)
	return e
}

// many is a peer of many exchanges: each act is done once it is asked for.
type many struct {
	mu    sync.Mutex
	acted []exchange.Effect
	lose  map[exchange.ID]bool // of these the first act is lost on its way
}

func (p *many) Look(context.Context, exchange.Effect) (exchange.Outcome, error) {
	return exchange.Outcome{Result: exchange.NotDone}, nil
}

func (p *many) Act(_ context.Context, e exchange.Effect) (exchange.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acted = append(p.acted, e)
	if p.lose[e.Exchange] {
		delete(p.lose, e.Exchange)
		return exchange.Outcome{}, errLost
	}
	return exchange.Outcome{Result: exchange.Done}, nil
}

func (p *many) Read(context.Context, exchange.Effect) (exchange.ReadResult, error) {
	return exchange.ReadResult{}, nil
}

// has fails the test if acts were done for other exchanges than these.
func (p *many) has(t *testing.T, want ...exchange.ID) {
	t.Helper()
	var got []exchange.ID
	for _, e := range p.acted {
		got = append(got, e.Exchange)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("acted for %v, want %v", got, want)
	}
}

// moved is what the documents of the days say.
func (r *rig) moved() (out []string) {
	r.t.Helper()
	docs, err := r.store.Docs(r.t.Context(), conn, "moved", "", 0)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range docs {
		out = append(out, d.Key+" "+string(d.Body))
	}
	return out
}

func (r *rig) holds(want ...string) {
	r.t.Helper()
	if got := r.moved(); !slices.Equal(got, want) {
		r.t.Errorf("the days say %q, want %q", got, want)
	}
}

func TestADayMovesNoMoreThanItsLimit(t *testing.T) {
	p := &many{}
	r := newRig(t, nil)
	r.many = p
	r.act(1, exchange.Capture, 6000, 10000)
	r.pass()
	second := r.act(2, exchange.ChargeMandate, 4001, 10000)
	r.act(3, exchange.Refund, 10000, 10000) // counted apart
	r.pass()                                // those of one pass are begun in any order
	third := r.act(4, exchange.Refund, 1, 10000)
	r.act(5, exchange.Capture, 90000, 0) // of a policy without limits
	r.pass()
	r.pass()
	r.holds(`2026-11-22 {"SEK":{"taken":6000,"given":10000}}`)
	it := r.item(second.ID)
	midnight := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if it.Attempt != 0 || !it.Due.Equal(midnight) || !strings.Contains(it.Reason, "limit of the day: 40.01 SEK more than the 60.00 SEK that were taken since 00:00 UTC would be above 100.00 SEK") {
		t.Fatalf("%d attempts, due %s, %q", it.Attempt, it.Due, it.Reason)
	}
	if it := r.item(third.ID); it.Attempt != 0 || !strings.Contains(it.Reason, "given back") {
		t.Fatalf("%d attempts, %q", it.Attempt, it.Reason)
	}
	p.has(t, "ex_1", "ex_3", "ex_5")

	r.now = midnight.Add(-time.Second)
	r.pass()
	p.has(t, "ex_1", "ex_3", "ex_5")
	r.now = midnight
	r.pass()
	p.has(t, "ex_1", "ex_2", "ex_3", "ex_4", "ex_5")
	r.holds(`2026-11-22 {"SEK":{"taken":6000,"given":10000}}`, `2026-11-23 {"SEK":{"taken":4001,"given":1}}`)

	r.now = midnight.AddDate(0, 0, 1)
	r.act(6, exchange.Capture, 5, 10000)
	r.pass()
	r.holds(`2026-11-23 {"SEK":{"taken":4001,"given":1}}`, `2026-11-24 {"SEK":{"taken":5}}`)
}

func TestAnActCountsOnceInItsDay(t *testing.T) {
	p := &peer{act: []func(*peer) error{failing, lost}}
	r := newRig(t, p)
	r.act(1, exchange.Capture, 6000, 10000)
	for range 5 {
		r.pass()
		r.now = r.now.Add(5 * time.Minute)
	}
	if p.acts != 2 || len(r.outcomes()) != 1 {
		t.Fatalf("%d acts, outcomes %+v", p.acts, r.outcomes())
	}
	r.holds(`2026-11-22 {"SEK":{"taken":6000}}`)
}

// TestACrashCountsAnActOnceOrNotAtAll stops the process on each side of the intent.
func TestACrashCountsAnActOnceOrNotAtAll(t *testing.T) {
	for point, before := range map[string][]string{
		"before_intent:capture": nil,
		"after_intent:capture":  {`2026-11-22 {"SEK":{"taken":6000}}`},
		"after_act:capture":     {`2026-11-22 {"SEK":{"taken":6000}}`},
	} {
		t.Run(point, func(t *testing.T) {
			r := newRig(t, &peer{})
			r.act(1, exchange.Capture, 6000, 10000)
			stopped := false
			r.point = func(at string) {
				if at == point && !stopped {
					stopped = true
					if _, err := r.store.Own(t.Context(), conn, "first", 0); err != nil {
						t.Error(err)
					}
					r.own("another") // this one commits nothing more
				}
			}
			_, _ = r.worker().Pass(t.Context())
			if !stopped {
				t.Fatal("it did not come there")
			}
			r.holds(before...)
			r.now = r.now.Add(time.Hour)
			r.pass()
			r.holds(`2026-11-22 {"SEK":{"taken":6000}}`)
			if r.peer.done != 1 {
				t.Errorf("done %d times, want once", r.peer.done)
			}
		})
	}
}

func TestLinesAreProcessedWithoutARefundThatHasNoRoom(t *testing.T) {
	p := &many{lose: map[exchange.ID]bool{"ex_1": true}}
	r := newRig(t, nil)
	r.many = p
	r.act(1, exchange.Process, 6000, 5999)
	r.pass()
	r.now = r.now.Add(time.Hour)
	r.pass()
	if len(p.acted) != 2 || p.acted[0].Money != nil || p.acted[1].Money != nil {
		t.Fatalf("acted %+v, want the lines alone, also where it is tried again", p.acted)
	}
	r.holds()
}

func TestWhatAPersonLetThroughCountsAndIsNotHeldUp(t *testing.T) {
	p := &many{}
	r := newRig(t, nil)
	r.many = p
	amount := exchange.Money{Minor: 6000, Currency: "SEK"}
	r.act(1, exchange.Capture, 6000, 5999, exchange.Decided{At: r.now, Actor: "ida", Said: exchange.Said{What: exchange.CollectAgain}, LetThrough: &amount})
	r.pass()
	p.has(t, "ex_1")
	r.holds(`2026-11-22 {"SEK":{"taken":6000}}`)
}

// TestWhatIsPutOffHoldsUpNoOther is of two acts of one order.
func TestWhatIsPutOffHoldsUpNoOther(t *testing.T) {
	p := &many{}
	r := newRig(t, nil)
	r.many = p
	r.act(1, exchange.Capture, 6000, 5999)
	r.pass()
	other := captureOf("ex_2")
	other.Kind, other.Money = exchange.EditLines, nil
	r.asks(other, r.now.Add(time.Second), 1)
	r.owe(other)
	r.pass()
	p.has(t, "ex_2")
}
