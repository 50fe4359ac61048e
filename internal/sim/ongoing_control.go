package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// mountControl opens the control door: what every simulator has, and
//
//	GET  /control/switches      the switches in force
//	POST /control/switches      changes those named; see OngoingSwitches
//	POST /control/goods-owners  one GoodsOwner or an array; an id that is there gets more users and articles
//	POST /control/orders        one seed or an array of orders that the warehouse has already
//	POST /control/orders/{number}/status          {"number": 300}: staff set any status
//	POST /control/orders/{number}/ship            {"lines": {"1": 1}, "status": 450, "tracking": true, "force": false}
//	POST /control/orders/{number}/track           gives its parcels tracking now
//	POST /control/orders/{number}/undelivered     what was sent is back, its carrier could not deliver it
//	POST /control/return-orders/{number}/status   {"number": 500}
//	POST /control/return-orders/{number}/receive  {"lines": {"1": {"returned": 1, "scrapped": 0}},
//	                                               "extra": [{"article": "CAP", "returned": 1, "scrapped": 0}], "status": 500, "open": false}
//
// Every member of a body may be left out. A number is escaped in the path (%231001-EX1), or the segment is
// left out and the number given as ?number=. Where goods owners share a number, ?goods_owner_id= says whose.
func (o *Ongoing) mountControl() {
	o.control = Control{
		Faults:  &o.Faults,
		Courier: o.Courier,
		Ledger:  func() any { return o.Ledger() },
		Hooks:   o.setHooks,
		Reset:   o.begin,
	}
	o.control.Mount()
	o.control.Handle("GET /control/switches", func(*http.Request) (any, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.switches, nil
	})
	o.control.Handle("POST /control/switches", o.setSwitches)
	o.control.Handle("POST /control/goods-owners", o.seedGoodsOwners)
	o.control.Handle("POST /control/orders", o.seedOrders)
	for verb, act := range map[string]func(*order, *http.Request) (any, error){
		"status": o.staffStatus, "ship": o.staffShip, "track": o.staffTrack, "undelivered": o.staffTakesBack,
	} {
		o.forNumber("orders", verb, func(r *http.Request, number string, owner int) (any, error) {
			x, err := only(o.stock.orders, func(x *order) bool { return x.number == number && x.of(owner) })
			if err != nil {
				return nil, err
			}
			return act(x, r)
		})
	}
	for verb, act := range map[string]func(*returnOrder, *http.Request) (any, error){
		"status": o.staffReturnStatus, "receive": o.staffReceive,
	} {
		o.forNumber("return-orders", verb, func(r *http.Request, number string, owner int) (any, error) {
			x, err := only(o.stock.returns, func(x *returnOrder) bool { return x.number == number && x.of(owner) })
			if err != nil {
				return nil, err
			}
			return act(x, r)
		})
	}
}

// forNumber adds both forms of a route about one number. The lock is held while act runs.
func (o *Ongoing) forNumber(what, verb string, act func(r *http.Request, number string, owner int) (any, error)) {
	route := func(r *http.Request) (any, error) {
		number := r.PathValue("number")
		if number == "" {
			number = r.URL.Query().Get("number")
		}
		owner, err := strconv.Atoi(r.URL.Query().Get("goods_owner_id"))
		if err != nil && r.URL.Query().Has("goods_owner_id") {
			return nil, err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		return act(r, number, owner)
	}
	o.control.Handle("POST /control/"+what+"/{number}/"+verb, route)
	o.control.Handle("POST /control/"+what+"/"+verb, route)
}

func (x *order) of(owner int) bool       { return owner == 0 || x.owner.id == owner }
func (x *returnOrder) of(owner int) bool { return owner == 0 || x.owner.id == owner }

// only returns the one of all that is meant.
func only[T any](all []*T, meant func(*T) bool) (*T, error) {
	var found []*T
	for _, each := range all {
		if meant(each) {
			found = append(found, each)
		}
	}
	switch len(found) {
	case 0:
		return nil, refuse(http.StatusNotFound, "no such number")
	case 1:
		return found[0], nil
	}
	return nil, refuse(http.StatusConflict, "%d have this number: say goods_owner_id", len(found))
}

func (o *Ongoing) setSwitches(r *http.Request) (any, error) {
	var raw json.RawMessage
	if err := decode(r, &raw); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	next := o.switches
	next.OrderStatuses, next.ReturnStatuses = nil, nil
	if err := strict(raw, &next); err != nil {
		return nil, err
	}
	if next.OrderStatuses == nil {
		next.OrderStatuses = o.switches.OrderStatuses
	}
	if next.ReturnStatuses == nil {
		next.ReturnStatuses = o.switches.ReturnStatuses
	}
	if err := next.Validate(); err != nil {
		return nil, err
	}
	o.switches = next
	return o.switches, nil
}

func (o *Ongoing) seedGoodsOwners(r *http.Request) (any, error) {
	all, err := oneOrMany[GoodsOwner](r)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(g GoodsOwner) bool { return g.ID <= 0 }) {
		return nil, refuse(http.StatusBadRequest, "a goods owner needs an id above 0")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, g := range all {
		o.addGoodsOwner(g)
	}
	return nil, nil
}
