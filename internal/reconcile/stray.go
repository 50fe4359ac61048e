package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// How often strays are looked for, and how far back: two looks overlap by a day.
const (
	strayEvery = 24 * time.Hour
	strayBack  = 48 * time.Hour
)

// daily looks for what carries our mark and is not known, and for a second order with an exchange's goods, once a day.
func (w *Worker) daily(ctx context.Context, warehouse Warehouse, state *State, sum *Summary) error {
	now := w.Now().UTC()
	if now.Sub(state.Daily) < strayEvery {
		return nil
	}
	if err := w.late(ctx, now, sum); err != nil {
		return err
	}
	found, err := w.Strays(ctx, warehouse, now.Add(-strayBack))
	for _, one := range found {
		if state.note(one, now) {
			sum.New = append(sum.New, one)
		}
	}
	if err != nil {
		return err
	}
	state.Daily = now
	w.forget()
	return nil
}

// lateFor is how long after an exchange was made what comes after its end is still looked for.
const lateFor = 60 * 24 * time.Hour

// late compares the exchanges that have ended before their goods, or their tracking, came: that is added after the end.
func (w *Worker) late(ctx context.Context, now time.Time, sum *Summary) error {
	q := store.Query{Conn: w.Conn, Stages: []string{string(exchange.Completed)}, Since: now.Add(-lateFor), Limit: 5 * chunk}
	var due []exchange.Exchange
	for {
		found, next, err := w.Store.Exchanges(ctx, q)
		if err != nil {
			return fmt.Errorf("list what has ended: %w", err)
		}
		due = append(due, slices.DeleteFunc(found, func(x exchange.Exchange) bool { return !awaits(&x) })...)
		for len(due) >= chunk || next == "" && len(due) > 0 {
			n := min(chunk, len(due))
			if err := w.tellLate(ctx, due[:n], sum); err != nil {
				return err
			}
			due = due[n:]
		}
		if next == "" {
			return nil
		}
		q.After = next
	}
}

func (w *Worker) tellLate(ctx context.Context, list []exchange.Exchange, sum *Summary) error {
	compared, trouble := w.Compare(ctx, list)
	for _, c := range compared {
		w.compared[c.Exchange] = true
		for _, d := range c.Differences {
			if d.Target != exchange.ReadOrder && d.Target != exchange.ReadReturnOrder {
				continue
			}
			told, err := w.Tell(ctx, d)
			if err != nil {
				return err
			}
			if told {
				sum.Told[d.Target]++
			}
		}
	}
	return trouble
}

// awaits reports whether something may still come after the end: goods, or the tracking of what was sent.
func awaits(x *exchange.Exchange) bool {
	r, o := x.Facts.ReturnOrder, x.Facts.Order
	goods := r != nil && r.Status.Role != exchange.RoleReturned && r.Status.Role != exchange.RoleCancelled
	return goods || o != nil && !slices.ContainsFunc(o.Parcels, func(p exchange.Parcel) bool { return p.Waybill != "" })
}

// Strays looks through the orders that were made since a time, and the return orders of which goods came back since.
func (w *Worker) Strays(ctx context.Context, warehouse Warehouse, since time.Time) ([]Stray, error) {
	var out []Stray
	for from := int64(0); ; {
		type listed struct {
			exchange.Order
			reference string
		}
		var page []listed
		next, err := warehouse.Created(ctx, since, from, func(o exchange.Order, reference string) { page = append(page, listed{o, reference}) })
		if err != nil {
			return out, fmt.Errorf("read the orders made of late: %w", err)
		}
		for i := range page {
			stray, err := w.strayOrder(ctx, &page[i].Order, page[i].reference)
			if err != nil {
				return out, err
			}
			if stray != nil {
				out = append(out, *stray)
			}
		}
		if next <= from {
			break
		}
		from = next
	}
	marked, err := warehouse.MarkedReturns(ctx, since)
	if err != nil {
		return out, fmt.Errorf("read the return orders of late: %w", err)
	}
	for id, list := range marked {
		if _, known, err := w.known(ctx, id); err != nil || known {
			if err != nil {
				return out, err
			}
			continue
		}
		for _, r := range list {
			out = append(out, Stray{Code: UnknownReturn, About: r.Number, Exchange: id})
		}
	}
	return out, nil
}

func (w *Worker) strayOrder(ctx context.Context, o *exchange.Order, reference string) (*Stray, error) {
	if o.Status.Role == exchange.RoleCancelled {
		return nil, nil //nolint:nilnil // it ships nothing
	}
	if id := exchange.ID(o.GoodsOwnerOrderID); exchange.IsID(o.GoodsOwnerOrderID) {
		x, known, err := w.known(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case !known:
			return &Stray{Code: UnknownOrder, About: o.Number, Exchange: id}, nil
		case x.Facts.Order != nil && x.Facts.Order.ID != o.ID:
			return &Stray{Code: SecondOrder, About: o.Number, Exchange: id}, nil
		}
		return nil, nil //nolint:nilnil // it is the exchange's own
	}
	for _, name := range []string{reference, o.GoodsOwnerOrderID} {
		if name == "" {
			continue
		}
		found, _, err := w.Store.Exchanges(ctx, store.Query{Conn: w.Conn, Text: name, Limit: 50})
		if err != nil {
			return nil, fmt.Errorf("find the exchanges of %s: %w", name, err)
		}
		for i := range found {
			if x := &found[i]; holds(o, x) {
				return &Stray{Code: SecondOrder, About: o.Number, Exchange: x.ID}, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // it has nothing to do with us
}

func (w *Worker) known(ctx context.Context, id exchange.ID) (exchange.Exchange, bool, error) {
	found, err := w.Store.Load(ctx, w.Conn, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return exchange.Exchange{}, false, nil
	case err != nil:
		return exchange.Exchange{}, false, fmt.Errorf("load %s: %w", id, err)
	}
	return found[0], true, nil
}

// holds reports whether an order that is not ours holds goods of x: a line that names one of x's lines, or one of the
// same article in an order that was made after x's.
func holds(o *exchange.Order, x *exchange.Exchange) bool {
	f := &x.Facts
	if f.Order == nil || f.Shop == nil || o.ID == f.Order.ID || f.Original != nil && o.ID == f.Original.ID {
		return false
	}
	names := lineItems(x)
	var articles []string
	for _, l := range f.Shop.ExchangeLines {
		names = append(names, l.ID)
		if l.Article != "" {
			articles = append(articles, l.Article)
		}
	}
	return slices.ContainsFunc(o.Lines, func(l exchange.OrderLine) bool {
		named := l.ExternalID != "" && slices.ContainsFunc(names, func(gid string) bool {
			return gid == l.ExternalID || strings.HasSuffix(gid, "/"+l.ExternalID)
		})
		return named || o.ID > f.Order.ID && slices.Contains(articles, l.Article)
	})
}

// Text says what a stray is, and what to do about it.
func (s *Stray) Text() string {
	switch s.Code {
	case UnknownOrder:
		return fmt.Sprintf("order %s carries the mark of exchange %s, which this store does not have: it is of another installation, or of before a restore; look at it in Ongoing", s.About, s.Exchange)
	case UnknownReturn:
		return fmt.Sprintf("return order %s carries the mark of exchange %s, which this store does not have", s.About, s.Exchange)
	case SecondOrder:
		return fmt.Sprintf("order %s holds the goods of exchange %s a second time: cancel one of them in Ongoing, and see which connector made it", s.About, s.Exchange)
	default:
		return fmt.Sprintf("%s of exchange %s was shipped by somebody else: see in Shopify which app made the fulfillment, and keep it from shipping exchanges", s.About, s.Exchange)
	}
}
