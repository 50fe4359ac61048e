// Package ongoing is the warehouse's side of an exchange: it looks, acts and reads through the goods
// owner REST API of Ongoing WMS, and reads the webhooks that Ongoing posts.
//
// Ongoing knows no idempotency key. What makes an act happen once is the look before it: an order and a
// return order are found again by our number and our exchange id, a status by reading it.
package ongoing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

// Options say which goods owner of which system a Peer works for.
type Options struct {
	BaseURL             string // https://api.ongoingsystems.se/nordwear/api/v1
	GoodsOwnerID        int
	WarehouseID         int // 0: the original order's
	Username            string
	Password            string
	OrderStatuses       []connection.RoleSet
	ReturnOrderStatuses []connection.RoleSet // without a set for cancelled it is known by its text
	Client              *http.Client         // over the connection's lane
	Now                 func() time.Time
}

// Peer is one goods owner in one Ongoing system. It is safe for concurrent use.
type Peer struct {
	base      string
	owner     int64
	warehouse int64
	username  string
	password  string
	client    *http.Client
	now       func() time.Time

	orders, returns statuses

	mu sync.Mutex // guards the tables in orders and returns
}

// New returns a Peer. It calls nobody.
func New(o Options) *Peer {
	return &Peer{
		base:      strings.TrimRight(o.BaseURL, "/"),
		owner:     int64(o.GoodsOwnerID),
		warehouse: int64(o.WarehouseID),
		username:  o.Username,
		password:  o.Password,
		client:    o.Client,
		now:       o.Now,
		orders:    statuses{path: "/orders/statuses", roles: o.OrderStatuses},
		returns:   statuses{path: "/returnOrders/statuses", roles: o.ReturnOrderStatuses},
	}
}

// kind is how one kind of effect is looked for and done.
type kind struct {
	look, act func(*Peer, context.Context, exchange.Effect) (exchange.Outcome, error)
	asks      func(exchange.Effect) bool // whether e carries what the kind needs
}

func places(e exchange.Effect) bool { return e.Place != nil }
func moves(e exchange.Effect) bool  { return e.Status != nil }

// kinds are the acts that Ongoing can be asked for.
var kinds = map[exchange.Kind]kind{
	exchange.PlaceReturnOrder:  {(*Peer).lookPlaceReturnOrder, (*Peer).actPlaceReturnOrder, places},
	exchange.PlaceOrder:        {(*Peer).lookPlaceOrder, (*Peer).actPlaceOrder, places},
	exchange.SetOpen:           {(*Peer).lookSetOpen, (*Peer).actSetOpen, moves},
	exchange.MarkReturned:      {(*Peer).lookMarkReturned, (*Peer).actMarkReturned, moves},
	exchange.Release:           {(*Peer).lookRelease, (*Peer).actRelease, moves},
	exchange.CancelOrder:       {(*Peer).lookCancelOrder, (*Peer).actCancelOrder, moves},
	exchange.CancelReturnOrder: {(*Peer).lookCancelReturnOrder, (*Peer).actCancelReturnOrder, moves},
}

func kindOf(e exchange.Effect) (kind, error) {
	k, ok := kinds[e.Kind]
	if !ok || !k.asks(e) {
		return kind{}, fmt.Errorf("%s: %q with what it carries is no act of Ongoing's", e.ID, e.Kind)
	}
	return k, nil
}

// Look reports whether e was done already, from what Ongoing says now. It changes nothing.
//
// Errors: exchange.RejectedError when e can never be done; exchange.ErrAmbiguous when Ongoing does not
// tell and a person must; any other may be repeated.
func (p *Peer) Look(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	k, err := kindOf(e)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := k.look(p, ctx, e)
	if err != nil {
		return exchange.Outcome{}, fmt.Errorf("look for %s: %w", e.ID, err)
	}
	return out, nil
}

// Act does e, after a look has found it not done, and reads back what came of it.
//
// Errors: exchange.RejectedError when Ongoing said no for good; exchange.NotSentError when nothing was
// changed, surely; exchange.ErrAmbiguous as of Look; after any other the outcome is unknown.
func (p *Peer) Act(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	k, err := kindOf(e)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := k.act(p, ctx, e)
	if err != nil {
		return exchange.Outcome{}, fmt.Errorf("%s: %w", e.ID, err)
	}
	return out, nil
}

// errGone is what a read-back finds when it finds nothing.
var errGone = errors.New("there is nothing to read back")

// outcome is how e ended.
func outcome(e exchange.Effect, r exchange.Result) exchange.Outcome {
	return exchange.Outcome{Effect: e.ID, Kind: e.Kind, Result: r}
}

// before sorts the failure of a read that an act makes before it writes: whatever it was, nothing has
// been changed.
func before(err error) error {
	if err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrAmbiguous) || errors.Is(err, exchange.ErrNotSent) {
		return err
	}
	return &exchange.NotSentError{Err: err}
}

// after sorts the failure of a read that an act makes after it wrote: the write may stand, so nothing in
// err may still say "not carried out" or "rejected". Only a look can tell.
func after(step string, err error) error {
	return fmt.Errorf("%s, then: %v", step, err) //nolint:errorlint // the kind of err must not be seen
}
