package inbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const (
	conn  = store.Conn("nordwear")
	ret   = "gid://shopify/Return/9"
	order = "gid://shopify/Order/1"
)

// rig is an inbox on a real store with a clock of its own.
type rig struct {
	t        *testing.T
	store    *store.Store
	fence    uint64
	now      time.Time
	settings inbox.Settings
	off      bool // the connection is switched off
	ids      int
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), settings: inbox.Settings{AutoCreate: true, Policy: exchange.Policy{
		ReleaseOn: exchange.OnReturnClosed, Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}", OriginalOrder: []string{"{order}"},
		MarkReturned: true, ProcessReturn: true, Payment: exchange.CaptureOnSent,
	}}}
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true, Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	r.store = store.New(engine)
	t.Cleanup(func() {
		if err := errors.Join(r.store.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	if r.fence, err = r.store.Own(t.Context(), conn, "test", time.Hour); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) receive(source string, n exchange.Notice) string {
	r.t.Helper()
	r.ids++
	id := fmt.Sprintf("ev_%06d", r.ids)
	n.Event.Source = source
	body, err := json.Marshal(n)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.Receive(r.t.Context(), store.Item{
		ID: id, Conn: conn, Kind: store.Event, State: store.Waiting, Source: source, Received: r.now, Due: r.now, Body: body, Line: []byte(`{}`),
	}); err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) worker() *inbox.Worker {
	return inbox.New(inbox.Options{
		Store: r.store, Settings: func(store.Conn) (inbox.Settings, bool) { return r.settings, !r.off },
		Item: outbox.Item, Now: func() time.Time { return r.now }, Log: zerolog.Nop(),
	}, conn, r.fence)
}

func (r *rig) pass() {
	r.t.Helper()
	r.now = r.now.Add(time.Second)
	if _, err := r.worker().Pass(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) item(id string) store.Item {
	r.t.Helper()
	found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, IDs: []string{id}})
	if err != nil || len(found) != 1 {
		r.t.Fatalf("item %s: %d found, %v", id, len(found), err)
	}
	return found[0]
}

func (r *rig) exchanges() []exchange.Exchange {
	r.t.Helper()
	found, _, err := r.store.Exchanges(r.t.Context(), store.Query{Conn: conn})
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

// outcome lets an act of x end.
func (r *rig) outcome(x exchange.ID, o exchange.Outcome) {
	o.Effect = exchange.EffectID(fmt.Sprintf("%s/%s/1", x, o.Kind))
	r.receive("tradeback", exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventOutcome, Outcome: &o},
		About: []exchange.About{{Ref: exchange.RefID(x)}},
	})
	r.pass()
}

func byReturn() exchange.Notice {
	q := &exchange.Request{ReturnID: ret}
	return exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventRequested, Request: q}, Create: q,
		About: []exchange.About{{Ref: exchange.RefReturn(ret)}},
	}
}

func byLines() exchange.Notice {
	q := &exchange.Request{
		OrderID:       order,
		ReturnLines:   []exchange.WantedReturnLine{{FulfillmentLineItemID: "f", Quantity: 1}},
		ExchangeLines: []exchange.WantedExchangeLine{{VariantID: "v", Quantity: 1}},
	}
	return exchange.Notice{Event: exchange.Event{Kind: exchange.EventRequested, Request: q}, Create: q}
}

func portal(name string) exchange.Notice {
	n := exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventPortal, Portal: &exchange.PortalEvent{Name: name, At: time.Unix(1, 0).UTC(), ReturnID: ret}},
		About: []exchange.About{{Ref: exchange.RefReturn(ret)}}, Park: exchange.RefReturn(ret).Name,
	}
	if name == "return.created" {
		n.Create = &exchange.Request{ReturnID: ret}
	}
	return n
}

// read is the answer to the probe of a return that a webhook named.
func read(lines int) exchange.Notice {
	s := &exchange.Shop{OrderID: order, OrderName: "#1001", ReturnID: ret, ReturnStatus: exchange.ReturnOpen}
	for range lines {
		s.ExchangeLines = append(s.ExchangeLines, exchange.ExchangeLine{ID: "xl", Article: "L", Quantity: 1, Processable: 1})
	}
	q := &exchange.Request{ReturnID: ret, OrderID: order}
	return exchange.Notice{
		Event:  exchange.Event{Kind: exchange.EventRequested, Request: q, Read: &exchange.ReadResult{Target: exchange.ReadShop, Want: 1, Shop: s}},
		Create: q, About: []exchange.About{{Ref: exchange.RefReturn(ret)}},
	}
}

func TestTheSameReturnIsTheSameExchangeWhoeverSpeaksFirst(t *testing.T) {
	orders := map[string][]func(r *rig){
		"the API, then the portal": {
			func(r *rig) { r.receive("api", byReturn()) },
			func(r *rig) { r.receive("portal", portal("return.created")) },
		},
		"the portal, then the API": {
			func(r *rig) { r.receive("portal", portal("return.created")) },
			func(r *rig) { r.receive("api", byReturn()) },
			func(r *rig) { r.receive("shopify", read(1)) },
		},
		"both at once": {
			func(r *rig) {
				r.receive("portal", portal("return.created"))
				r.receive("shopify", read(1))
				r.receive("api", byReturn())
				r.receive("api", byReturn())
			},
		},
	}
	for name, steps := range orders {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for _, s := range steps {
				s(r)
				r.pass()
				r.pass()
			}
			if got := r.exchanges(); len(got) != 1 || got[0].ReturnID() != ret {
				t.Fatalf("%d exchanges, want one of the return", len(got))
			}
		})
	}
}

func TestAWebhookMakesAnExchangeOnlyOfAReturnWithExchangeLines(t *testing.T) {
	for lines, want := range []int{0, 1} {
		r := newRig(t)
		created := r.receive("portal", portal("return.created"))
		r.pass()
		probe := r.item("probe/" + ret)
		if r.item(created).State != store.Parked || probe.State != store.Waiting || len(r.exchanges()) != 0 {
			t.Fatalf("the event is %s, the probe %s: want parked and waiting, and no exchange yet", r.item(created).State, probe.State)
		}
		r.receive("shopify", read(lines))
		r.pass()
		r.pass()
		if got := len(r.exchanges()); got != want {
			t.Fatalf("%d exchange lines made %d exchanges, want %d", lines, got, want)
		}
		if want == 1 && r.item(created).Exchange == "" {
			t.Fatal("the portal's event was not told to the exchange that it led to")
		}
	}
}

func TestTheEchoOfOurOwnReturnCreateMakesNoSecondExchange(t *testing.T) {
	r := newRig(t)
	r.receive("api", byLines())
	r.pass()
	x := r.exchanges()[0].ID
	if got := r.item(string(x) + "/create_return/1"); got.State != store.Waiting {
		t.Fatalf("create_return is %s, want waiting", got.State)
	}
	echo := r.receive("shopify", read(1)) // the webhook's probe has come back before our own reply
	r.pass()
	if got := r.item(echo); got.State != store.Parked || len(r.exchanges()) != 1 {
		t.Fatalf("the echo is %s with %d exchanges, want parked and one", got.State, len(r.exchanges()))
	}
	r.outcome(x, exchange.Outcome{Kind: exchange.CreateReturn, Result: exchange.Done, ID: ret})
	r.pass()
	if got := r.exchanges(); len(got) != 1 || r.item(echo).Exchange != x {
		t.Fatalf("%d exchanges, the echo told to %q, want one and %s", len(got), r.item(echo).Exchange, x)
	}
}

func TestARefusedReturnCreateLetsOthersGoOn(t *testing.T) {
	r := newRig(t)
	r.receive("api", byLines())
	r.pass()
	x := r.exchanges()[0].ID
	r.receive("shopify", read(1))
	r.pass()
	r.outcome(x, exchange.Outcome{Kind: exchange.CreateReturn, Result: exchange.Refused, Code: "invalid"})
	r.pass()
	if got := r.exchanges(); len(got) != 2 {
		t.Fatalf("%d exchanges, want the refused one and that of the shop's own return", len(got))
	}
}

func TestAnEventAboutAnExchangeNotKnownYetWaitsForIt(t *testing.T) {
	r := newRig(t)
	closed := r.receive("portal", portal("return.closed"))
	r.pass()
	if got := r.item(closed).State; got != store.Parked {
		t.Fatalf("the event is %s, want parked", got)
	}
	r.receive("api", byReturn())
	r.pass()
	r.pass()
	if got := r.item(closed); got.State != store.Done || r.exchanges()[0].Facts.Portal.Closed.IsZero() {
		t.Fatalf("the event is %s, want told to the exchange", got.State)
	}
}

func TestAnOrderThatIsNotOursIsOneCompactRow(t *testing.T) {
	r := newRig(t)
	id := r.receive("ongoing", exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventHint}, About: []exchange.About{{Ref: exchange.RefOrder("#5000"), Hint: exchange.ReadOrder}},
	})
	r.pass()
	if got := r.item(id); got.State != store.Ignored || len(got.Body)+len(got.Raw) != 0 {
		t.Fatalf("the event is %s with %d bytes, want ignored and none", got.State, len(got.Body)+len(got.Raw))
	}
}

func TestTwoExchangesOfOneOrderGetTheirOwnNumbers(t *testing.T) {
	r := newRig(t)
	for i := range 2 {
		n := read(1)
		id := fmt.Sprintf("gid://shopify/Return/%d", i)
		n.Event.Request.ReturnID, n.Event.Read.Shop.ReturnID = id, id
		n.Create = n.Event.Request
		n.About = []exchange.About{{Ref: exchange.RefReturn(id)}}
		r.receive("shopify", n)
	}
	r.pass()
	r.pass()
	got := r.exchanges()
	if len(got) != 2 || got[0].Facts.Sequence+got[1].Facts.Sequence != 3 {
		t.Fatalf("%d exchanges, want two numbered 1 and 2", len(got))
	}
}

func TestACancellationWithdrawsWhatWasNotAttempted(t *testing.T) {
	r := newRig(t)
	r.receive("api", byLines())
	r.pass()
	x := r.exchanges()[0].ID
	cancel := exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventCancel, Cancel: &exchange.CancelAsk{By: "api"}},
		About: []exchange.About{{Ref: exchange.RefID(x)}},
	}
	r.receive("api", cancel)
	r.pass()
	var e exchange.Effect
	if err := json.Unmarshal(r.item(string(x)+"/create_return/1").Body, &e); err != nil || !e.Withdraw {
		t.Fatalf("create_return is not withdrawn (%v)", err)
	}
	r.outcome(x, exchange.Outcome{Kind: exchange.CreateReturn, Result: exchange.Withdrawn})
	if got := r.exchanges()[0].Stage; got != exchange.Cancelled {
		t.Fatalf("stage %s, want cancelled", got)
	}
	again := r.receive("api", cancel)
	r.pass()
	if got := r.item(again); got.State != store.Done || got.Reason == "" {
		t.Fatalf("a second cancellation is %s (%q), want done with the reason", got.State, got.Reason)
	}
}

func TestAnEventThatPanicsEveryTimeBecomesADeadLetterAndOthersGoOn(t *testing.T) {
	r := newRig(t)
	boom := r.receive("api", byReturn())
	good := r.receive("api", byReturn())
	w := r.worker()
	w.Told = func(_ store.Conn, it store.Item) {
		if it.ID == boom {
			panic("boom")
		}
	}
	for range 10 {
		r.now = r.now.Add(time.Hour)
		if _, err := w.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.item(good).State; got != store.Done {
		t.Fatalf("the other event is %s, want done", got)
	}
	if got := r.item(boom); got.State != store.Dead || got.Attempt < 5 {
		t.Fatalf("the event is %s after %d attempts, want dead after five", got.State, got.Attempt)
	}
}

func TestSettingsThatAreMendedReachAnExchangeThatIsNotPlacedYet(t *testing.T) {
	r := newRig(t)
	r.receive("shopify", read(1))
	r.pass()
	r.settings.Policy.OriginalOrder = []string{"S{order_without_hash}"}
	r.receive("portal", portal("return.label_generated"))
	r.pass()
	if got := r.exchanges()[0].Policy.OriginalOrder; len(got) != 1 || got[0] != "S{order_without_hash}" {
		t.Fatalf("the exchange still looks for its original order as %v", got)
	}
}
