package shopify_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
)

// TestTheBriefSaysAsMuchAsTheWholeRead holds what is compared by reconcile against the read that it leads to.
func TestTheBriefSaysAsMuchAsTheWholeRead(t *testing.T) {
	s := newShop(t, "50.00")
	id := s.staffReturn(s.dearer)
	compare := func(when string) *exchange.Shop {
		t.Helper()
		whole := s.read(id)
		brief, err := s.peer.Brief(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		same := brief.ReturnStatus == whole.ReturnStatus && brief.OrderID == whole.OrderID && brief.ReturnID == whole.ReturnID &&
			slices.EqualFunc(brief.ReturnLines, whole.ReturnLines, func(a, b exchange.ReturnLine) bool { return a.ID == b.ID && a.Processed == b.Processed }) &&
			slices.EqualFunc(brief.ExchangeLines, whole.ExchangeLines, func(a, b exchange.ExchangeLine) bool { return a.ID == b.ID && a.Processed == b.Processed }) &&
			slices.EqualFunc(brief.Transactions, whole.Transactions, func(a, b exchange.Transaction) bool { return a.ID == b.ID && a.Status == b.Status }) &&
			slices.EqualFunc(brief.Fulfillments, whole.Fulfillments, func(a, b exchange.Fulfillment) bool { return a.ID == b.ID && a.Cancelled == b.Cancelled })
		if !same {
			t.Errorf("%s the brief is %+v, the whole %+v", when, brief, whole)
		}
		return whole
	}
	compare("at first")
	s.control("returns/process", map[string]any{"return": id})
	whole := compare("when it is processed")
	s.control("fulfillments", map[string]any{"fulfillment_order": fulfillmentOrder(t, whole).ID, "tracking": "T1"})
	s.control("transactions/capture", map[string]any{"transaction": s.auth, "amount": "50.00"})
	compare("when it is sent and paid")
	if got, err := s.peer.Brief(t.Context(), "gid://shopify/Return/999"); got != nil || err != nil {
		t.Errorf("of no return: %+v, %v", got, err)
	}
	s.clean()
}

func TestOpenReturnsOfOrdersThatChanged(t *testing.T) {
	s := newShop(t, "")
	since := s.clock()
	s.advance(time.Minute)
	id := s.staffReturn(s.same)
	open, upto, err := s.peer.OpenReturns(t.Context(), since.Add(time.Second), since)
	if err != nil || !slices.EqualFunc(open, []exchange.Request{{ReturnID: id, OrderID: s.order}}, func(a, b exchange.Request) bool { return a.ReturnID == b.ReturnID && a.OrderID == b.OrderID }) {
		t.Fatalf("open %+v, %v; want the one return", open, err)
	}
	if !upto.Equal(s.clock()) {
		t.Errorf("it came to %s, want the order's change at %s", upto, s.clock())
	}
	s.advance(time.Minute)
	if open, upto, err := s.peer.OpenReturns(t.Context(), s.clock(), since); err != nil || len(open) != 0 || !upto.Equal(s.clock()) {
		t.Errorf("since now: %+v up to %s, %v", open, upto, err)
	}
	if open, _, err := s.peer.OpenReturns(t.Context(), since, s.clock()); err != nil || len(open) != 0 {
		t.Errorf("opened since now: %+v, %v", open, err)
	}
	s.control("returns/cancel", map[string]any{"return": id})
	if open, _, err := s.peer.OpenReturns(t.Context(), since, since); err != nil || len(open) != 0 {
		t.Errorf("of a return that was cancelled: %+v, %v", open, err)
	}
	s.clean()
}

func TestSubscriptionsAreMadeOnce(t *testing.T) {
	s := newShop(t, "")
	const uri = "https://tb.example.com/webhooks/shopify/nordwear"
	for range 2 {
		for _, topic := range shopify.Topics() {
			if err := s.peer.Subscribe(t.Context(), topic, uri); err != nil {
				t.Fatal(err)
			}
		}
	}
	have, err := s.peer.Subscriptions(t.Context(), uri)
	slices.Sort(have)
	want := shopify.Topics()
	slices.Sort(want)
	if err != nil || !slices.Equal(have, want) {
		t.Errorf("%q, %v; want each topic once: %q", have, err, want)
	}
	if have, err := s.peer.Subscriptions(t.Context(), uri+"-2"); err != nil || len(have) != 0 {
		t.Errorf("to another address: %q, %v", have, err)
	}
	if err := s.peer.Subscribe(t.Context(), "RETURNS_APPROVE", "nowhere"); !errors.Is(err, exchange.ErrRejected) {
		t.Errorf("to no address: %v, want it refused", err)
	}
	if got := s.peer.Served(); got != "2026-10" {
		t.Errorf("served by %q", got)
	}
	s.clean()
}
