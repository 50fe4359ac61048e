package doctor

import (
	"context"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
)

// examineOngoing looks at the warehouse's side.
func (p *Patient) examineOngoing(ctx context.Context, r *report) {
	c := p.Connection.Ongoing
	var orders []exchange.Status
	reached := p.reach(ctx, r, way{
		peer: exchange.PeerOngoing, url: p.Connection.OngoingURL(), who: c.Username, witness: p.ToOngoing,
		mend: "ask the warehouse for the password of " + c.Username + " (Administration, API for goods owners), set it and apply; " +
			"do not try often: Ongoing locks out after some wrong ones in a row, and tradeback stops after 3",
		firstAsk: func(ctx context.Context) (err error) {
			orders, err = p.Ongoing.OrderStatuses(ctx)
			return err
		},
	})
	if !reached {
		for _, check := range []string{"ongoing.goods_owner", "ongoing.warehouse", "ongoing.order_statuses", "ongoing.return_order_statuses"} {
			r.skip(check, "Ongoing could not be asked")
		}
		return
	}
	if err := p.Ongoing.Reads(ctx); err != nil {
		r.fault("ongoing.goods_owner", "see that goods_owner_id is the number of the goods owner that "+c.Username+" belongs to",
			"the orders of goods owner %d cannot be read: %v", c.GoodsOwnerID, err)
	} else {
		r.ok("ongoing.goods_owner", "the orders of goods owner %d can be read", c.GoodsOwnerID)
	}
	p.warehouse(ctx, r)
	p.statuses(ctx, r, orders)
}

// warehouse looks whether the warehouse exists.
func (p *Patient) warehouse(ctx context.Context, r *report) {
	const name = "ongoing.warehouse"
	id := p.Connection.Ongoing.WarehouseID
	found, err := p.Ongoing.Warehouses(ctx)
	if err != nil {
		r.warn(name, "run doctor again; some users may not read the list of warehouses: then see in Ongoing that the id is right", "the warehouses could not be read: %v", err)
		return
	}
	at := slices.IndexFunc(found, func(w ongoing.Warehouse) bool { return w.ID == id })
	if at < 0 {
		var have []string
		for _, w := range found {
			have = append(have, fmt.Sprintf("%d %s", w.ID, w.Name))
		}
		r.fault(name, "set ongoing.warehouse_id to one of these and apply", "there is no warehouse %d; there are: %s", id, list(have))
		return
	}
	r.ok(name, "warehouse %d is %s", id, found[at].Name)
}

// statuses holds the warehouse's statuses against the mapping.
func (p *Patient) statuses(ctx context.Context, r *report, orders []exchange.Status) {
	returns, err := p.Ongoing.ReturnOrderStatuses(ctx)
	if err != nil {
		r.fault("ongoing.return_order_statuses", "run doctor again; if it stays, ask the warehouse whether return orders are switched on", "the list could not be read: %v", err)
	}
	seen, seenErr := p.observe(ctx)
	if seenErr != nil {
		r.warn("ongoing.unmapped_statuses", "mend the store first", "what was seen of statuses could not be read: %v", seenErr)
	}
	for _, c := range Mapping(p.Connection, orders, returns, seen) {
		r.add(c)
	}
}
