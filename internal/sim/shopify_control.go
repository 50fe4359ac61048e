package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// mountControl opens the control door: what every simulator has, with hooks as setHooks takes them, and
//
//	GET  /control/switches               the switches in force
//	POST /control/switches               changes those named; see ShopifySwitches
//	POST /control/shop                   {"currency": "JPY"}: the shop's own, until a reset; before there are orders and variants
//	POST /control/variants               one ShopifyVariant or an array: [{"id": …, …}]
//	POST /control/orders                 one ShopifySeed or an array: [ShopifySeeded]
//	POST /control/returns                staff make a return: ShopifyReturn, answered with ids
//	POST /control/returns/process        staff, or a portal, process all that is left: {"return": gid, "refund": false, "lines": {return or exchange line gid: quantity}};
//	                                     refund: pay back what is suggested for it
//	POST /control/returns/remove         staff take off what is not processed: {"return": gid, "lines": {…}}
//	POST /control/returns/dispose        staff put what came back into stock: {"return": gid}
//	POST /control/returns/cancel         {"return": gid}; so do close and reopen
//	POST /control/transactions/capture   the shop captures by itself: {"transaction": gid, "amount": "50.00", "final": false}
//	POST /control/transactions/settle    the gateway answers a pending one: {"transaction": gid, "status": "SUCCESS", "error": ""}
//	POST /control/payments               the customer pays: {"order": gid or name, "amount": "50.00", "status": "SUCCESS"}; no amount: all that is outstanding
//	POST /control/authorizations         the customer agrees to more: {"order": …, "amount": …, "multi_capturable": …, "expires_at": …, "result": ""}
//	POST /control/authorizations/expire  {"transaction": gid}; so does void, by staff
//	POST /control/mandates               the customer stores a payment method: {"order": …, and a ShopifyMandate's}, answered with its id
//	POST /control/mandates/charge        staff charge one for what is outstanding: {"order": …, "mandate": gid}
//	POST /control/jobs/run               payments by mandate that wait for reads are made now: {"ran": n}
//	POST /control/invoices               staff send an invoice: {"order": …}
//	POST /control/orders/mark-paid       staff book what is outstanding as paid: {"order": …}
//	POST /control/orders/cancel          staff call off what is not shipped, without moving money: {"order": …}
//	POST /control/orders/edit            staff edit: {"order": …, "lines": {order line gid: quantity}}
//	POST /control/refunds                staff pay back: {"order": …, "amount": "50.00", "transaction": gid}; no amount: all that the shop owes
//	POST /control/holds                  another app holds: {"fulfillment_order": gid, "handle": "", "reason": "OTHER"}
//	POST /control/holds/release          whoever placed it lets go: {"hold": gid}
//	POST /control/fulfillments           another app ships all that is left: {"fulfillment_order": gid, "tracking": "", "lines": {order line gid: quantity}}
//	POST /control/fulfillments/track     another app gives it other tracking: {"fulfillment": gid, "tracking": ""}
//	POST /control/fulfillments/cancel    staff take a shipment back: {"fulfillment": gid}
//	POST /control/fulfillment-orders/move    what is left goes to a new one: {"fulfillment_order": gid}, answered with the new one
//	POST /control/fulfillment-orders/split   a part goes to a new one: {"fulfillment_order": gid, "lines": {order line gid: quantity}}, answered with it
//	POST /control/fulfillment-orders/merge   what is left goes into another: {"fulfillment_order": gid, "into": gid}
//	POST /control/fulfillment-orders/show    those that fulfillment_delay keeps back show now: {"order": …}
//	POST /control/fulfillment-orders/create  staff make one for the lines that none holds: {"order": …}, answered with it
//	POST /control/tokens/expire          {"token": "…"}, or all of them if left out
//	POST /control/uninstall              every token is dead, app/uninstalled is sent
func (s *Shopify) mountControl() {
	s.control = Control{
		Faults:  &s.Faults,
		Courier: s.Courier,
		Ledger:  func() any { return s.Ledger() },
		Hooks:   s.setHooks,
		Reset:   s.begin,
	}
	s.control.Mount()
	s.control.Handle("GET /control/switches", func(*http.Request) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.switches, nil
	})
	s.control.Handle("POST /control/switches", s.setSwitches)
	s.control.Handle("POST /control/shop", s.setShop)
	s.control.Handle("POST /control/variants", s.seedVariants)
	s.control.Handle("POST /control/orders", s.seedOrders)
	for route, act := range map[string]func(shopOrdered) (any, error){
		"returns/process": s.staffProcess, "returns/remove": s.staffRemove, "returns/dispose": s.staffDispose,
		"returns/cancel": s.staffCancel, "returns/close": s.staffClose, "returns/reopen": s.staffReopen,
		"transactions/capture": s.selfCapture, "transactions/settle": s.settle,
		"payments": s.customerPays, "authorizations": s.customerAgrees, "authorizations/expire": s.expire,
		"authorizations/void": s.staffVoids, "jobs/run": s.runJobs, "invoices": s.staffInvoices, "orders/mark-paid": s.staffMarksPaid, "refunds": s.staffRefunds, "orders/edit": s.staffEdit, "orders/cancel": s.staffCancelsOrder,
		"mandates/charge": s.staffCharges, "fulfillments/track": s.otherTracks,
		"holds": s.otherHolds, "holds/release": s.otherReleases, "fulfillments": s.otherShips, "fulfillments/cancel": s.staffCancelsShipment,
		"fulfillment-orders/move": s.moveWork, "fulfillment-orders/split": s.splitWork, "fulfillment-orders/merge": s.mergeWork,
		"fulfillment-orders/show": s.showWorkNow, "fulfillment-orders/create": s.makeWork,
		"tokens/expire": s.expireTokens, "uninstall": s.uninstall,
	} {
		s.control.Handle("POST /control/"+route, func(r *http.Request) (any, error) {
			var in shopOrdered
			if err := decode(r, &in); err != nil {
				return nil, err
			}
			return s.locked(func() (any, error) { return act(in) })
		})
	}
	s.control.Handle("POST /control/mandates", func(r *http.Request) (any, error) {
		var in shopStored
		if err := decode(r, &in); err != nil {
			return nil, err
		}
		return s.locked(func() (any, error) { return s.storeMethod(in) })
	})
	s.control.Handle("POST /control/returns", func(r *http.Request) (any, error) {
		var in ShopifyReturn
		if err := decode(r, &in); err != nil {
			return nil, err
		}
		return s.locked(func() (any, error) { return s.staffReturn(in) })
	})
}

// locked runs what one of the control routes asks for as one action: it has an event id of its own.
func (s *Shopify) locked(act func() (any, error)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.event = s.newID()
	answer, err := act()
	for _, do := range s.afterwards {
		do()
	}
	s.afterwards = nil
	s.tellUpdated()
	return answer, err
}

// setSwitches changes the switches that the body names.
func (s *Shopify) setSwitches(r *http.Request) (any, error) {
	var raw json.RawMessage
	if err := decode(r, &raw); err != nil {
		return nil, err
	}
	return s.locked(func() (any, error) {
		next := s.switches
		if err := strict(raw, &next); err != nil {
			return nil, err
		}
		if err := next.Validate(); err != nil {
			return nil, err
		}
		s.switches = next
		return next, nil
	})
}

// setShop changes the shop's currency, while nothing has a price in it.
func (s *Shopify) setShop(r *http.Request) (any, error) {
	var in struct {
		Currency string `json:"currency"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	return s.locked(func() (any, error) {
		switch {
		case shopSchema().Types["CurrencyCode"].EnumValues.ForName(in.Currency) == nil:
			return nil, fmt.Errorf("%q is no currency", in.Currency)
		case len(s.orders)+len(s.variants) > 0:
			return nil, refuse(http.StatusConflict, "there are prices in %s already", s.currency)
		}
		s.currency = in.Currency
		return nil, nil
	})
}

func (s *Shopify) seedVariants(r *http.Request) (any, error) {
	seeds, err := oneOrMany[ShopifyVariant](r)
	if err != nil {
		return nil, err
	}
	return s.locked(func() (any, error) {
		for i := range seeds {
			v, err := s.seedVariant(seeds[i])
			if err != nil {
				return nil, err
			}
			seeds[i].ID = gid("ProductVariant", v.id)
		}
		return seeds, nil
	})
}

func (s *Shopify) seedOrders(r *http.Request) (any, error) {
	seeds, err := oneOrMany[ShopifySeed](r)
	if err != nil {
		return nil, err
	}
	return s.locked(func() (any, error) {
		made := []ShopifySeeded{}
		for _, seed := range seeds {
			o, err := s.seedOrder(seed)
			if err != nil {
				return nil, err
			}
			made = append(made, o.seeded())
		}
		return made, nil
	})
}
