package ongoing

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// How long a list of statuses is believed, and how long one that an order contradicts.
const (
	statusesKept    = time.Hour
	statusesDoubted = time.Minute
)

// statuses are those of orders or of return orders: which ones the merchant named for which role, and the
// table made of them when the warehouse's own list was last read.
type statuses struct {
	path  string
	roles []connection.RoleSet
	table *table
}

// table is the warehouse's list at one time, with the roles its numbers play. A table is never changed.
type table struct {
	read    time.Time
	texts   map[int]string
	roles   connection.StatusMap
	numbers map[exchange.Role]int // the one to set
}

// Statuses reads the warehouse's lists of statuses and reports every role that cannot be resolved.
//
// Errors: joined StatusesErrors, at most one for orders and one for return orders, around a
// connection.UnresolvedError with the names that exist, or another error when the list cannot be read.
func (p *Peer) Statuses(ctx context.Context) error {
	ctx = lane.WithPriority(ctx, lane.Read)
	var errs []error
	for _, s := range []*statuses{&p.orders, &p.returns} {
		if _, err := p.readTable(ctx, s); err != nil {
			errs = append(errs, &StatusesError{OfReturnOrders: s == &p.returns, Err: err})
		}
	}
	return errors.Join(errs...)
}

// StatusesError says of which of the two lists of statuses Err is.
type StatusesError struct {
	OfReturnOrders bool
	Err            error
}

func (e *StatusesError) Error() string {
	if e.OfReturnOrders {
		return "return order statuses: " + e.Err.Error()
	}
	return "order statuses: " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *StatusesError) Unwrap() error { return e.Err }

// tableOf is the table of s, read anew after an hour.
func (p *Peer) tableOf(ctx context.Context, s *statuses) (*table, error) {
	p.mu.Lock()
	t := s.table
	p.mu.Unlock()
	if t != nil && p.now().Sub(t.read) < statusesKept {
		return t, nil
	}
	return p.readTable(ctx, s)
}

// status says what seen, the status of an order or a return order, means. A number that the table lacks
// or knows by another text tells that the warehouse renumbered: the table is then read anew at once.
func (p *Peer) status(ctx context.Context, s *statuses, seen *ongoingrest.Status) (exchange.Status, error) {
	t, err := p.tableOf(ctx, s)
	if err != nil || seen == nil {
		return exchange.Status{}, err
	}
	text, known := t.texts[seen.Number]
	if (!known || seen.Text != "" && seen.Text != text) && p.now().Sub(t.read) >= statusesDoubted {
		if t, err = p.readTable(ctx, s); err != nil {
			return exchange.Status{}, err
		}
	}
	return exchange.Status{Number: seen.Number, Text: seen.Text, Role: t.roles[seen.Number]}, nil
}

func (p *Peer) readTable(ctx context.Context, s *statuses) (*table, error) {
	var list struct {
		ongoingrest.OrderStatuses
		ongoingrest.ReturnOrderStatuses
	}
	if err := p.call(ctx, http.MethodGet, s.path, nil, nil, &list); err != nil {
		return nil, err
	}
	t, err := resolve(s.roles, slices.Concat(list.OrderStatuses.Statuses, list.ReturnOrderStatuses.Statuses))
	if err != nil {
		return nil, err
	}
	t.read = p.now()
	p.mu.Lock()
	s.table = t
	p.mu.Unlock()
	return t, nil
}

// cancelledTexts are the standard texts of a cancelled order's status, in English and Swedish.
var cancelledTexts = []string{"cancelled", "canceled", "makulerad"}

// resolve makes a table. Where no set is named for cancelled, as for return orders, it is known by its
// text; in a warehouse that calls it something else, by the order being gone (see gone).
//
// Errors: connection.UnresolvedError.
func resolve(roles []connection.RoleSet, list []ongoingrest.Status) (*table, error) {
	texts := map[int]string{}
	for _, s := range list {
		texts[s.Number] = s.Text
	}
	played, numbers, err := connection.Resolve(roles, texts)
	if err != nil {
		return nil, err
	}
	if _, named := numbers[exchange.RoleCancelled]; !named {
		for number, text := range texts {
			_, taken := played[number]
			if !taken && slices.Contains(cancelledTexts, strings.ToLower(strings.TrimSpace(text))) {
				played[number] = exchange.RoleCancelled
			}
		}
	}
	return &table{texts: texts, roles: played, numbers: numbers}, nil
}
