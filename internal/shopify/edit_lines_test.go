package shopify_test

import (
	"errors"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

func editEffect(s *shop, lines ...exchange.EditLine) exchange.Effect {
	return exchange.Effect{ID: "ex_1/edit_lines/1", Kind: exchange.EditLines, ShopID: s.order, Edit: &exchange.EditAsk{OrderID: s.order, Lines: lines}}
}

// twoLines is a return of two shirts in exchange for two socks and a coat, processed.
func twoLines(t *testing.T) (s *shop, socks, coat string) {
	t.Helper()
	s = pair(t)
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order: s.order, ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.cheaper, Quantity: 2}, {VariantID: s.dearer, Quantity: 1}},
	}, &made)
	s.acts(processEffect(s, s.read(made.ID)))
	got := s.read(made.ID)
	return s, got.ExchangeLines[0].LineItemIDs[0], got.ExchangeLines[1].LineItemIDs[0]
}

func TestAnEditTakesLinesOffTogether(t *testing.T) {
	s, socks, coat := twoLines(t)
	e := editEffect(s, exchange.EditLine{LineItemID: socks, Before: 2, Quantity: 1}, exchange.EditLine{LineItemID: coat, Before: 1})
	s.looks(e, exchange.NotDone)
	s.acts(e)
	s.looks(e, exchange.Done)
	ambiguous(t, s, editEffect(s, exchange.EditLine{LineItemID: socks, Before: 2}))
	ambiguous(t, s, editEffect(s, exchange.EditLine{LineItemID: socks, Before: 1}, exchange.EditLine{LineItemID: coat, Before: 1}))
	_, err := s.peer.Look(t.Context(), editEffect(s, exchange.EditLine{LineItemID: "gid://shopify/LineItem/4711", Before: 1}))
	rejectedWith(t, err, "line_not_found")
	s.clean()
}

// An edit that was not committed has come to nothing, whatever went wrong.
func TestAnEditIsNothingBeforeItIsCommitted(t *testing.T) {
	for _, f := range []sim.Fault{
		{Match: "orderEditBegin", Kind: sim.DropAfter},
		{Match: "orderEditSetQuantity", Kind: sim.DropAfter},
		{Match: "orderEditSetQuantity", Kind: sim.ErrorAfter, Skip: 1},
		{Match: "orderEditSetQuantity", Kind: sim.HTML},
	} {
		s, socks, coat := twoLines(t)
		e := editEffect(s, exchange.EditLine{LineItemID: socks, Before: 2}, exchange.EditLine{LineItemID: coat, Before: 1})
		s.sim.Faults.Add(f)
		if _, err := s.peer.Act(t.Context(), e); !errors.Is(err, exchange.ErrNotSent) {
			t.Errorf("%s %s: act says %v, want that nothing was carried out", f.Match, f.Kind, err)
		}
		s.looks(e, exchange.NotDone)
		s.acts(e)
		s.looks(e, exchange.Done)
		if n := len(s.book().Edits); n != 1 {
			t.Errorf("%d edits", n)
		}
	}
}

func TestWhatWasShippedIsNotTakenOff(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.same)
	s.acts(fulfillEffect(s, snapshot))
	_, err := s.peer.Act(t.Context(), editEffect(s, exchange.EditLine{LineItemID: snapshot.ExchangeLines[0].LineItemIDs[0], Before: 1}))
	rejectedWith(t, err, "user_error")
}
