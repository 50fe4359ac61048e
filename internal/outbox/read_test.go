package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestARefusedReadIsToldToItsExchangeAndAProbeGoesOn(t *testing.T) {
	probe := exchange.Effect{
		ID: "probe/gid://shopify/Return/9", Kind: exchange.KindRead,
		Read: &exchange.ReadAsk{Target: exchange.ReadShop, Want: 1, ReturnID: "gid://shopify/Return/9"},
	}
	for _, c := range []struct {
		name string
		read exchange.Effect
		told int
	}{
		{"a read of an exchange", readOf(1), 1},
		{"a probe", probe, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, &peer{read: &exchange.RejectedError{Code: "too_many_lines"}})
			r.owe(c.read)
			for range 20 {
				r.pass()
				r.now = r.now.Add(2 * time.Hour)
			}
			events, _, err := r.store.Items(t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Event}})
			if err != nil || len(events) != c.told {
				t.Fatalf("%d events (%v), want %d", len(events), err, c.told)
			}
			if c.told == 0 && (r.peer.reads != 20 || r.item(c.read.ID).State != store.Waiting) {
				t.Errorf("%d reads, the read is %s; want it tried again and again", r.peer.reads, r.item(c.read.ID).State)
			}
		})
	}
}

func TestGoodsOfAnExchangeAreLookedForInItsOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		back    []string
		want    []string // templates that the peer was asked to try
		missing string
	}{
		{"the shop's own line", []string{"li1"}, []string{"{order}"}, ""},
		{"a line that another exchange made", []string{"li2"}, []string{"#1001-EX1"}, ""},
		{"one of each", []string{"li1", "li2"}, nil, "the goods were sent with #1001, #1001-EX1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &peer{}
			r := newRig(t, p)
			r.keeps(exchange.Exchange{ID: "ex_1", Facts: exchange.Facts{Sequence: 1, Shop: &exchange.Shop{
				OrderID: shopOrder, OrderName: "#1001", ExchangeLines: []exchange.ExchangeLine{{ID: "xl", LineItemIDs: []string{"li2"}}},
			}}, Policy: exchange.Policy{Number: "{order}-EX{n}"}})
			shop := &exchange.Shop{OrderID: shopOrder, OrderName: "#1001"}
			for _, id := range c.back {
				shop.ReturnLines = append(shop.ReturnLines, exchange.ReturnLine{LineItemID: id})
			}
			r.keeps(exchange.Exchange{ID: "ex_2", Facts: exchange.Facts{Shop: shop}})
			e := readOf(2)
			e.ShopID, e.Read = shopOrder, &exchange.ReadAsk{Target: exchange.ReadOriginal, Want: 1, OrderName: "#1001", Templates: []string{"{order}"}}
			r.owe(e)
			r.pass()
			if !slices.Equal(p.asked.Templates, c.want) {
				t.Errorf("asked for %q, want %q", p.asked.Templates, c.want)
			}
			if m := r.found().Missing; (m != nil) != (c.missing != "") || m != nil && (m.Detail != c.missing || m.Target != exchange.ReadOriginal) {
				t.Errorf("missing %+v, want %q", m, c.missing)
			}
		})
	}
}

// found is what the one read that came back found.
func (r *rig) found() *exchange.ReadResult {
	r.t.Helper()
	events, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Event}})
	if err != nil || len(events) != 1 {
		r.t.Fatalf("%d events, %v, want one", len(events), err)
	}
	var n exchange.Notice
	if err := json.Unmarshal(events[0].Body, &n); err != nil {
		r.t.Fatal(err)
	}
	return n.Event.Read
}

// A read of the shop tells of the order's other exchanges what they took, and whether they may be taking.
func TestAReadOfTheShopKnowsTheOrdersOtherExchanges(t *testing.T) {
	due := exchange.Money{Minor: 5000, Currency: "SEK"}
	for _, c := range []struct {
		name  string
		moved []exchange.Movement
		want  exchange.Siblings
	}{
		{"it captured", []exchange.Movement{{Effect: "ex_2/capture/1", Kind: exchange.Capture, Result: exchange.Done, ID: "t4", Amount: &due}}, exchange.Siblings{Taken: []string{"t4"}}},
		{"it is capturing", nil, exchange.Siblings{Claims: []exchange.Money{due}, Open: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, &peer{shop: exchange.Shop{OrderID: shopOrder}})
			r.asks(captureOf("ex_2"), r.now, 1, c.moved...)
			e := readOf(1)
			e.Read = &exchange.ReadAsk{Target: exchange.ReadShop, Want: 1}
			r.owe(e)
			r.pass()
			if got := r.found().Shop.Siblings; got == nil || !reflect.DeepEqual(*got, c.want) {
				t.Errorf("beside it: %+v, want %+v", got, c.want)
			}
		})
	}
}

// unreadable is a store in which an exchange cannot be read.
type unreadable struct{ *store.Store }

func (unreadable) Load(context.Context, store.Conn, ...exchange.ID) ([]exchange.Exchange, error) {
	return nil, errors.New("unexpected end of JSON input")
}

func TestWhileAnExchangeOfTheOrderCannotBeReadThePeerIsAskedEverMoreRarely(t *testing.T) {
	p := &peer{shop: exchange.Shop{OrderID: shopOrder}}
	r := newRig(t, p)
	r.asks(captureOf("ex_2"), r.now, 1)
	e := readOf(1)
	e.Read = &exchange.ReadAsk{Target: exchange.ReadShop, Want: 1}
	r.owe(e)
	w := r.worker()
	w.Store = unreadable{r.store}
	for range 3600 {
		_, _ = w.Pass(t.Context())
		r.now = r.now.Add(time.Second)
	}
	if p.reads < 5 || p.reads > 40 {
		t.Errorf("the peer was asked %d times in an hour", p.reads)
	}
}

// keeps stores an exchange as it is.
func (r *rig) keeps(x exchange.Exchange) {
	r.t.Helper()
	x.Connection, x.Version, x.Stage, x.Created, x.Updated = conn, 1, exchange.Requested, r.now, r.now
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: x.Refs()}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAReadOfTheShopSaysFromWhenToWhenItLasted(t *testing.T) {
	r := newRig(t, &peer{})
	read := readOf(1)
	read.Read.Target = exchange.ReadShop
	r.owe(read)
	r.pass()
	events, _, err := r.store.Items(t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Event}})
	if err != nil || len(events) != 1 {
		t.Fatalf("events %v, %v", events, err)
	}
	var n exchange.Notice
	if err := json.Unmarshal(events[0].Body, &n); err != nil {
		t.Fatal(err)
	}
	if s := n.Event.Read.Shop; s.Stamp.N == 0 || !s.Until.After(s.Stamp) {
		t.Errorf("from %+v until %+v, want an end after the beginning", s.Stamp, s.Until)
	}
}
