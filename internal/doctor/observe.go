package doctor

import (
	"context"
	"encoding/json"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// How far back is looked: what the warehouse does shows in its latest orders.
const (
	lookedExchanges = 500
	lookedEvents    = 500
)

// Observed is what was seen of statuses, in reads and in webhooks.
type Observed struct {
	Orders, Returns map[int]bool  // numbers of statuses
	Born            []Birth       // exchange orders that did not begin as Open
	Exchanges       int           // that were looked at
	Started         []exchange.ID // of those, which are raised as order_already_started
}

// Birth is how an exchange order was when it was first read.
type Birth struct {
	Exchange exchange.ID
	Role     exchange.Role
}

// observe reads the latest exchanges and webhooks of the connection.
func (p *Patient) observe(ctx context.Context) (Observed, error) {
	o := Observed{Orders: map[int]bool{}, Returns: map[int]bool{}}
	found, _, err := p.Store.Exchanges(ctx, store.Query{Conn: p.Connection.Name, Newest: true, Limit: lookedExchanges})
	if err != nil {
		return o, err
	}
	for i := range found {
		o.exchange(&found[i])
	}
	return o, p.webhooks(ctx, &o)
}

func (o *Observed) exchange(x *exchange.Exchange) {
	o.Exchanges++
	if f := x.Facts.Order; f != nil {
		o.Orders[f.Status.Number] = true
	}
	if f := x.Facts.ReturnOrder; f != nil {
		o.Returns[f.Status.Number] = true
	}
	if b := x.Facts.Born; b != nil {
		switch b.Role {
		case exchange.RoleOpen, exchange.RoleReturned, exchange.RoleCancelled:
		default:
			o.Born = append(o.Born, Birth{x.ID, b.Role})
		}
	}
	for _, r := range x.Raised {
		if r.Code == string(exchange.OrderAlreadyStarted) {
			o.Started = append(o.Started, x.ID)
		}
	}
}

// webhooks adds the numbers that Ongoing's webhooks told. Those about other orders have no body left.
func (p *Patient) webhooks(ctx context.Context, o *Observed) error {
	found, _, err := p.Store.Items(ctx, store.Query{
		Conn: p.Connection.Name, Kinds: []store.Kind{store.Event}, Source: string(exchange.PeerOngoing),
		States: []store.State{store.Waiting, store.Parked, store.Done, store.Dead}, Newest: true, Limit: lookedEvents,
	})
	if err != nil || len(found) == 0 {
		return err
	}
	ids := make([]string, len(found))
	for i, it := range found {
		ids[i] = it.ID
	}
	raw, _, err := p.Store.Items(ctx, store.Query{Conn: p.Connection.Name, IDs: ids, Limit: len(ids)})
	if err != nil {
		return err
	}
	for _, it := range raw {
		var said struct {
			Order  *struct{ Number int } `json:"orderStatus"`
			Return *struct{ Number int } `json:"returnOrderStatus"`
		}
		if json.Unmarshal(it.Raw, &said) != nil {
			continue
		}
		if said.Order != nil {
			o.Orders[said.Order.Number] = true
		}
		if said.Return != nil {
			o.Returns[said.Return.Number] = true
		}
	}
	return nil
}
