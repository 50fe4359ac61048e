package shopify_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

func createEffect(s *shop, variant string) exchange.Effect {
	return exchange.Effect{ID: "ex_1/create_return/1", Kind: exchange.CreateReturn, ShopID: s.order, Return: &exchange.CreateAsk{
		OrderID:       s.order,
		ReturnLines:   []exchange.WantedReturnLine{{FulfillmentLineItemID: s.shipped, Quantity: 1, Reason: "SIZE_TOO_SMALL"}},
		ExchangeLines: []exchange.WantedExchangeLine{{VariantID: variant, Quantity: 1}},
		RequestedAt:   s.clock(),
	}}
}

func processEffect(s *shop, snapshot *exchange.Shop) exchange.Effect {
	ask := &exchange.ProcessAsk{ReturnID: snapshot.ReturnID}
	for _, l := range snapshot.ReturnLines {
		ask.ReturnLines = append(ask.ReturnLines, exchange.ProcessLine{ID: l.ID, Quantity: l.Processable, Before: l.Processed})
	}
	for _, l := range snapshot.ExchangeLines {
		ask.ExchangeLines = append(ask.ExchangeLines, exchange.ProcessLine{ID: l.ID, Quantity: l.Processable, Before: l.Processed})
	}
	return exchange.Effect{ID: "ex_1/process/0", Kind: exchange.Process, ShopID: s.order, Lines: ask}
}

// processed is a return that was processed whole.
func processed(s *shop, variant string) *exchange.Shop {
	snapshot := s.read(s.staffReturn(variant))
	s.acts(processEffect(s, snapshot))
	return s.read(snapshot.ReturnID)
}

func holdEffect(s *shop, fo exchange.FulfillmentOrder) exchange.Effect {
	return exchange.Effect{
		ID: "ex_1/hold_fulfillment/1", Kind: exchange.HoldFulfillment, ShopID: s.order,
		Hold: &exchange.HoldAsk{FulfillmentOrderID: fo.ID, Handle: "tradeback:ex_1"},
	}
}

func fulfillEffect(s *shop, snapshot *exchange.Shop, parcels ...exchange.Parcel) exchange.Effect {
	ask := &exchange.FulfillAsk{OrderID: s.order, Notify: true, Parcels: parcels}
	fo := fulfillmentOrder(s.t, snapshot)
	for _, l := range fo.Lines {
		ask.Lines = append(ask.Lines, exchange.FulfillLine{FulfillmentOrderID: fo.ID, LineID: l.ID, LineItemID: l.LineItemID, Quantity: l.Remaining, Remaining: l.Remaining})
	}
	for _, f := range snapshot.Fulfillments {
		ask.Before = append(ask.Before, f.ID)
	}
	return exchange.Effect{ID: "ex_1/fulfill/1", Kind: exchange.Fulfill, ShopID: s.order, Ship: ask}
}

// moneyEffect is an act of this kind over an amount, on an order that owes what it owes now by our ledger as well.
func moneyEffect(s *shop, k exchange.Kind, snapshot *exchange.Shop, minor int64) exchange.Effect {
	ask := &exchange.MoneyAsk{OrderID: s.order, Amount: sek(minor)}
	owed, err := snapshot.Outstanding.Plus(snapshot.Capturable)
	if err != nil {
		s.t.Fatal(err)
	}
	ask.Owed = &owed
	for _, t := range snapshot.Transactions {
		ask.Before = append(ask.Before, t.ID)
	}
	return exchange.Effect{ID: exchange.EffectID("ex_1/" + string(k) + "/1"), Kind: k, ShopID: s.order, Money: ask}
}

func captureEffect(s *shop, snapshot *exchange.Shop, minor int64) exchange.Effect {
	e := moneyEffect(s, exchange.Capture, snapshot, minor)
	e.Money.ParentID, e.Money.Owed = s.auth, &exchange.Money{Minor: minor, Currency: "SEK"}
	return e
}

// chargeEffect charges a payment method that the customer stored for the order.
func chargeEffect(s *shop, snapshot *exchange.Shop, minor int64) exchange.Effect {
	e := moneyEffect(s, exchange.ChargeMandate, snapshot, minor)
	e.Money.MandateID = s.stores(sim.ShopifyMandate{})
	return e
}

// stores has the customer store a payment method for the order.
func (s *shop) stores(m sim.ShopifyMandate) string {
	var made struct {
		Mandate string `json:"mandate"`
	}
	s.control("mandates", struct {
		Order string `json:"order"`
		sim.ShopifyMandate
	}{s.order, m}, &made)
	return made.Mandate
}

// invoiced is an order whose customer can be written to, and a return of it for something dearer.
func invoiced(s *shop) *exchange.Shop {
	s.seed(sim.ShopifySeed{
		Name: "#2001", Email: "customer@example.com", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Price: "499.00"}},
		Transactions: []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: "499.00"}},
	})
	return processed(s, s.dearer)
}

// refundEffect gives back to the order's first payment.
func refundEffect(s *shop, snapshot *exchange.Shop, minor int64) exchange.Effect {
	e := moneyEffect(s, exchange.Refund, snapshot, minor)
	e.Money.From = []exchange.RefundFrom{{ParentID: snapshot.Transactions[0].ID, Amount: sek(minor)}}
	return e
}

func endEffect(s *shop, k exchange.Kind) exchange.Effect {
	return exchange.Effect{
		ID: exchange.EffectID("ex_1/" + string(k) + "/1"), Kind: k, ShopID: s.order, End: &exchange.EndAsk{ReturnID: s.staffReturn(s.same)},
	}
}

// ended counts the returns that have come to an end.
func ended(end string) func(sim.ShopifyBook) int {
	return func(b sim.ShopifyBook) int {
		n := 0
		for _, r := range b.Returns {
			if r.Status == end {
				n++
			}
		}
		return n
	}
}

// story makes an effect of a kind that is not done yet. did is how often the act was carried out, by the simulator's own
// ledger.
type story struct {
	authorised string
	call       string // the root field that acts
	effect     func(*shop) exchange.Effect
	did        func(sim.ShopifyBook) int
	hasID      bool // the outcome names what was made
	plus       bool // on a shop whose plan allows to choose an amount
	unseen     bool // no look can tell that it was done
}

func (s story) switches(w *sim.ShopifySwitches) { w.Plus = s.plus }

// stories are one for each kind.
var stories = map[exchange.Kind]story{
	exchange.CreateReturn: {
		call:   "returnCreate",
		effect: func(s *shop) exchange.Effect { return createEffect(s, s.same) },
		did:    func(b sim.ShopifyBook) int { return len(b.Returns) },
		hasID:  true,
	},
	exchange.Process: {
		call:   "returnProcess",
		effect: func(s *shop) exchange.Effect { return processEffect(s, s.read(s.staffReturn(s.same))) },
		did:    func(b sim.ShopifyBook) int { return b.Returns[0].Return[0].Processed },
	},
	exchange.HoldFulfillment: {
		call:   "fulfillmentOrderHold",
		effect: func(s *shop) exchange.Effect { return holdEffect(s, fulfillmentOrder(s.t, processed(s, s.same))) },
		did:    func(b sim.ShopifyBook) int { return len(b.Holds) },
		hasID:  true,
	},
	exchange.ReleaseHold: {
		call: "fulfillmentOrderReleaseHold",
		effect: func(s *shop) exchange.Effect {
			snapshot := processed(s, s.dearer) // Shopify holds what is not paid for, and we do as well
			put := s.acts(holdEffect(s, fulfillmentOrder(s.t, snapshot)))
			fo := fulfillmentOrder(s.t, s.read(snapshot.ReturnID))
			ids := []string{put.ID}
			for _, h := range fo.Holds {
				if h.Reason == "AWAITING_PAYMENT" {
					ids = append(ids, h.ID)
				}
			}
			return exchange.Effect{
				ID: "ex_1/release_hold/1", Kind: exchange.ReleaseHold, ShopID: s.order,
				Hold: &exchange.HoldAsk{FulfillmentOrderID: fo.ID, HoldIDs: ids},
			}
		},
		did: func(b sim.ShopifyBook) int {
			for _, h := range b.Holds {
				if !h.Released {
					return 0
				}
			}
			return 1
		},
	},
	exchange.Fulfill: {
		call: "fulfillmentCreate",
		effect: func(s *shop) exchange.Effect {
			return fulfillEffect(s, processed(s, s.same), exchange.Parcel{Waybill: "JJD1", URL: "https://track.example/JJD1", Carrier: "Budbee"})
		},
		did:   func(b sim.ShopifyBook) int { return b.Shipped },
		hasID: true,
	},
	exchange.UpdateTracking: {
		call: "fulfillmentTrackingInfoUpdate",
		effect: func(s *shop) exchange.Effect {
			out := s.acts(fulfillEffect(s, processed(s, s.same)))
			return exchange.Effect{
				ID: "ex_1/update_tracking/JJD1", Kind: exchange.UpdateTracking, ShopID: s.order,
				Track: &exchange.TrackingAsk{FulfillmentID: out.ID, Parcels: []exchange.Parcel{{Waybill: "JJD1"}, {Waybill: "JJD2"}}},
			}
		},
		did: func(b sim.ShopifyBook) int {
			return len(b.Fulfillments[len(b.Fulfillments)-1].Tracking) / 2
		},
		hasID: true,
	},
	exchange.Capture: {
		authorised: "50.00",
		call:       "orderCapture",
		effect:     func(s *shop) exchange.Effect { return captureEffect(s, processed(s, s.dearer), 5000) },
		did:        func(b sim.ShopifyBook) int { return len(b.Captures) },
		hasID:      true,
	},
	exchange.ChargeMandate: {
		plus:   true,
		call:   "orderCreateMandatePayment",
		effect: func(s *shop) exchange.Effect { return chargeEffect(s, processed(s, s.dearer), 5000) },
		did:    func(b sim.ShopifyBook) int { return len(b.Charges) },
		hasID:  true,
	},
	exchange.SendInvoice: {
		call:   "orderInvoiceSend",
		effect: func(s *shop) exchange.Effect { return moneyEffect(s, exchange.SendInvoice, invoiced(s), 5000) },
		did:    func(b sim.ShopifyBook) int { return len(b.Invoices) },
		unseen: true,
	},
	exchange.Refund: {
		call:   "refundCreate",
		effect: func(s *shop) exchange.Effect { return refundEffect(s, processed(s, s.cheaper), 5000) },
		did:    func(b sim.ShopifyBook) int { return len(b.Refunds) },
		hasID:  true,
	},
	exchange.VoidAuthorisation: {
		authorised: "50.00",
		call:       "transactionVoid",
		effect: func(s *shop) exchange.Effect {
			e := moneyEffect(s, exchange.VoidAuthorisation, processed(s, s.same), 5000)
			e.Money.ParentID = s.auth
			return e
		},
		did:   func(b sim.ShopifyBook) int { return len(b.Voids) },
		hasID: true,
	},
	exchange.EditLines: {
		call: "orderEditCommit",
		effect: func(s *shop) exchange.Effect {
			return exchange.Effect{ID: "ex_1/edit_lines/1", Kind: exchange.EditLines, ShopID: s.order, Edit: &exchange.EditAsk{
				OrderID: s.order, Lines: []exchange.EditLine{{LineItemID: processed(s, s.dearer).ExchangeLines[0].LineItemIDs[0], Before: 1}},
			}}
		},
		did: func(b sim.ShopifyBook) int { return len(b.Edits) },
	},
	exchange.CloseReturn: {
		call:   "returnClose",
		effect: func(s *shop) exchange.Effect { return endEffect(s, exchange.CloseReturn) },
		did:    ended(exchange.ReturnClosed),
	},
	exchange.CancelReturn: {
		call:   "returnCancel",
		effect: func(s *shop) exchange.Effect { return endEffect(s, exchange.CancelReturn) },
		did:    ended(exchange.ReturnCanceled),
	},
	exchange.Dispose: {
		call: "reverseFulfillmentOrderDispose",
		effect: func(s *shop) exchange.Effect {
			line := processed(s, s.same).ReturnLines[0].ReverseLines[0]
			return exchange.Effect{
				ID: "ex_1/dispose/1", Kind: exchange.Dispose, ShopID: s.order,
				Goods: []exchange.DispositionOf{{ReverseLineID: line.ID, Quantity: 1, Before: line.Disposed, Restock: true}},
			}
		},
		did: func(b sim.ShopifyBook) int { return b.Returns[0].Return[0].Disposed },
	},
	exchange.RemoveExchangeLines: {
		call: "removeFromReturn",
		effect: func(s *shop) exchange.Effect {
			snapshot := s.read(s.staffReturn(s.same))
			return exchange.Effect{
				ID: "ex_1/remove_exchange_lines/1", Kind: exchange.RemoveExchangeLines, ShopID: s.order,
				Lines: &exchange.ProcessAsk{ReturnID: snapshot.ReturnID, ExchangeLines: []exchange.ProcessLine{{ID: snapshot.ExchangeLines[0].ID, Quantity: 1, Before: 1}}},
			}
		},
		did: func(b sim.ShopifyBook) int {
			if len(b.Returns[0].Exchange) == 0 || b.Returns[0].Exchange[0].Quantity == 0 {
				return 1
			}
			return 0
		},
	},
}

func TestRegistryHoldsEveryKindOfTheShop(t *testing.T) {
	var want []exchange.Kind
	for _, a := range exchange.Acts() {
		if a.Peer == exchange.PeerShopify {
			want = append(want, a.Kind)
		}
	}
	slices.Sort(want)
	if got := shopify.Kinds(); !slices.Equal(got, want) {
		t.Errorf("kinds are %v, want %v", got, want)
	}
	for _, k := range want {
		if _, told := stories[k]; !told {
			t.Errorf("%s has no story", k)
		}
	}
}

func TestDoneIsSeenByALook(t *testing.T) {
	for kind, story := range stories {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t, story.authorised, story.switches)
			e := story.effect(s)
			s.looks(e, exchange.NotDone)
			out := s.acts(e)
			if n := story.did(s.book()); n != 1 {
				t.Errorf("done %d times by the ledger, want once", n)
			}
			s.clean()
			if story.unseen {
				s.looks(e, exchange.NotDone)
				return
			}
			seen := s.looks(e, exchange.Done)
			if seen.ID != out.ID || (out.ID != "") != story.hasID {
				t.Errorf("the act made %q, the look found %q", out.ID, seen.ID)
			}
			s.clean()
		})
	}
}

// A reply that is lost, cut, late or replaced leaves the outcome unknown, and the look tells.
func TestLostRepliesAreFoundByALook(t *testing.T) {
	for kind, story := range stories {
		for _, f := range []sim.Fault{
			{Kind: sim.DropAfter}, {Kind: sim.Half}, {Kind: sim.ErrorAfter}, {Kind: sim.ErrorAfter, Status: http.StatusOK},
		} {
			t.Run(string(kind)+" "+f.Kind, func(t *testing.T) {
				s := newShop(t, story.authorised, story.switches)
				e := story.effect(s)
				f.Match = story.call
				s.sim.Faults.Add(f)
				if _, err := s.peer.Act(t.Context(), e); err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotSent) {
					t.Fatalf("act with a lost reply says %v, want an unknown outcome", err)
				}
				if !story.unseen {
					s.looks(e, exchange.Done)
				}
				if n := story.did(s.book()); n != 1 {
					t.Errorf("done %d times by the ledger, want once", n)
				}
				s.clean()
			})
		}
	}
}

// What was not carried out looks so, whatever was answered.
func TestHarmBeforeTheActIsNotTakenForDone(t *testing.T) {
	for kind, story := range stories {
		for _, c := range []struct {
			fault sim.Fault
			sorts error // nil: unknown
			after time.Duration
		}{
			{sim.Fault{Kind: sim.DropBefore}, nil, 0},
			{sim.Fault{Kind: sim.HTML}, nil, 0},
			{sim.Fault{Kind: sim.HTML, Status: http.StatusOK}, nil, 0},
			{sim.Fault{Kind: sim.ErrorBefore, Status: http.StatusServiceUnavailable}, nil, 0},
			{sim.Fault{Kind: sim.ErrorBefore, Status: http.StatusLocked}, exchange.ErrNotSent, 0},
			{sim.Fault{Kind: sim.Throttle, Status: http.StatusTooManyRequests, RetryAfter: 7}, exchange.ErrNotSent, 7 * time.Second},
			{sim.Fault{Kind: sim.Throttle}, exchange.ErrNotSent, time.Second},
		} {
			t.Run(string(kind)+" "+c.fault.Kind, func(t *testing.T) {
				s := newShop(t, story.authorised, story.switches)
				e := story.effect(s)
				before := story.did(s.book())
				c.fault.Match = story.call
				s.sim.Faults.Add(c.fault)
				_, err := s.peer.Act(t.Context(), e)
				if err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotSent) != (c.sorts != nil) {
					t.Fatalf("act says %v, want %v", err, c.sorts)
				}
				var wait *exchange.NotSentError
				if errors.As(err, &wait) && wait.After != c.after {
					t.Errorf("act wants to wait %v, want %v", wait.After, c.after)
				}
				s.looks(e, exchange.NotDone)
				if n := story.did(s.book()); n != before {
					t.Errorf("done %d times by the ledger, want %d", n, before)
				}
				s.acts(e)
				s.clean()
			})
		}
	}
}

func TestIncompleteEffectsAreRefused(t *testing.T) {
	s := newShop(t, "")
	for _, k := range append(shopify.Kinds(), exchange.PlaceOrder) {
		for name, call := range map[string]func() (exchange.Outcome, error){
			"look": func() (exchange.Outcome, error) { return s.peer.Look(t.Context(), exchange.Effect{Kind: k}) },
			"act":  func() (exchange.Outcome, error) { return s.peer.Act(t.Context(), exchange.Effect{Kind: k}) },
		} {
			if _, err := call(); !errors.Is(err, exchange.ErrRejected) {
				t.Errorf("%s at an empty %s says %v, want a rejection", name, k, err)
			}
		}
	}
	if n := s.sim.Ledger().Calls; len(n) > 0 {
		t.Errorf("calls were made: %v", n)
	}
}
