package rest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Money is the proof of an exchange's money, as the API and the command line's --money show it. Amounts are in the order's
// presentment currency, shop_amount in the shop's own; none is ever null, its currency is empty where it is not known.
type Money struct {
	Exchange   exchange.ID    `json:"exchange"`
	Settlement Settlement     `json:"settlement"`
	Agreed     Agreed         `json:"agreed"`
	Movements  []Movement     `json:"movements"`
	Others     []Transaction  `json:"others"` // no act of ours
	Decisions  []Decision     `json:"decisions"`
	Due        exchange.Money `json:"due"`
	Order      OrderMoney     `json:"order"`
}

// Agreed is the agreed amount, and how it came about.
type Agreed struct {
	Amount  exchange.Money `json:"amount"`
	Balance exchange.Money `json:"balance"` // what the order owed then, authorisations not counted
	Charge  exchange.Money `json:"charge"`  // beyond that, for goods that did not come back in time
	AddsUp  bool           `json:"adds_up"`
	Lines   []Priced       `json:"lines"`
}

// Priced is a line with its price, for its whole quantity.
type Priced struct {
	Direction string         `json:"direction"`
	ID        string         `json:"id"`
	Article   string         `json:"article"`
	Title     string         `json:"title,omitempty"`
	Quantity  int            `json:"quantity"`
	Price     exchange.Money `json:"price"`
	Discount  exchange.Money `json:"discount"`
	Tax       exchange.Money `json:"tax"`
	Fee       exchange.Money `json:"fee"`
	ComesTo   exchange.Money `json:"comes_to"` // below zero for what comes back
}

// Movement is a money act of ours: what was asked for, how often it was tried, and what came of it.
type Movement struct {
	Effect       exchange.EffectID `json:"effect"`
	Kind         exchange.Kind     `json:"kind"`
	Asked        time.Time         `json:"asked_at"`
	Ended        time.Time         `json:"ended_at,omitzero"`
	Amount       exchange.Money    `json:"amount"`
	Attempts     int               `json:"attempts"`
	Result       exchange.Result   `json:"result"`
	Code         string            `json:"code"`
	Reason       string            `json:"reason"`
	Transactions []Transaction     `json:"transactions"`
}

// Transaction is one of Shopify's.
type Transaction struct {
	ID         string          `json:"id"`
	ParentID   string          `json:"parent_id,omitempty"`
	Kind       string          `json:"kind"`
	Status     string          `json:"status"`
	Amount     exchange.Money  `json:"amount"`
	ShopAmount exchange.Money  `json:"shop_amount"`
	Counts     *exchange.Money `json:"counts,omitempty"` // of one that is no act of ours: what of it is this exchange's
}

// Decision is what a person decided.
type Decision struct {
	At     time.Time         `json:"at"`
	By     string            `json:"by"`
	As     exchange.Decision `json:"as"`
	Amount exchange.Money    `json:"amount"` // none: all that was due
	Reason string            `json:"reason"`
}

// OrderMoney is what the order owes, as Shopify was last read.
type OrderMoney struct {
	Outstanding     exchange.Money `json:"outstanding"`
	Capturable      exchange.Money `json:"capturable"`
	ShopOutstanding exchange.Money `json:"shop_outstanding"`
}

// showMoney handles GET /v1/exchanges/{id}/money.
func (a *API) showMoney(c *fiber.Ctx, _ connection.Key) error {
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	items, err := MoneyItems(c.UserContext(), a.store, x)
	if err != nil {
		return err
	}
	return c.JSON(MoneyView(x, items))
}

// MoneyItems are the money acts of x as they are delivered, as far as they are still kept.
func MoneyItems(ctx context.Context, st interface {
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
}, x *exchange.Exchange,
) ([]store.Item, error) {
	var ids []string
	for _, a := range x.Asked {
		if isMoney(a) {
			ids = append(ids, string(a.ID))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, _, err := st.Items(ctx, store.Query{Conn: x.Connection, IDs: ids, Limit: len(ids)})
	if err != nil {
		return nil, fmt.Errorf("find the money acts of %s: %w", x.ID, err)
	}
	return found, nil
}

// isMoney reports whether an act moves money, or lets somebody.
func isMoney(a exchange.Asked) bool { return a.Amount != nil || a.Kind.MovesMoney() }

// MoneyView is the proof of x's money; items say how often each act was tried.
func MoneyView(x *exchange.Exchange, items []store.Item) Money {
	p := x.Proof()
	v := Money{
		Exchange: x.ID, Settlement: Settlement(x.Settlement()), Due: p.Due, Movements: []Movement{}, Others: []Transaction{}, Decisions: []Decision{},
		Agreed: Agreed{Charge: p.Charge, AddsUp: p.AddsUp, Lines: []Priced{}},
	}
	if a := x.Facts.Agreed; a != nil {
		v.Agreed.Amount, v.Agreed.Balance = a.Amount, a.Balance
	}
	for _, l := range p.Lines {
		line := Priced{Direction: l.Direction, ID: l.ID, Article: l.Article, Title: l.Title, Quantity: l.Quantity, ComesTo: l.ComesTo}
		if l.Price != nil {
			line.Price, line.Discount, line.Tax, line.Fee = l.Price.Price, l.Price.Discount, l.Price.Tax, l.Price.Fee
		}
		v.Agreed.Lines = append(v.Agreed.Lines, line)
	}
	if s := x.Facts.Shop; s != nil {
		v.Order = OrderMoney{s.Outstanding, s.Capturable, s.ShopOutstanding}
	}
	for _, a := range x.Asked {
		if isMoney(a) {
			v.Movements = append(v.Movements, movement(x, a, items))
		}
	}
	for _, o := range p.Others {
		t := transaction(x, o.ID)
		t.Counts = &exchange.Money{Minor: o.Minor, Currency: v.Settlement.Agreed.Currency}
		v.Others = append(v.Others, t)
	}
	for _, d := range x.Facts.Said {
		one := Decision{At: d.At, By: d.Actor, As: d.What, Reason: d.Reason}
		if d.Amount != nil {
			one.Amount = *d.Amount
		}
		if d.LetThrough != nil {
			one.Amount = exchange.Money{Minor: max(d.LetThrough.Minor, -d.LetThrough.Minor), Currency: d.LetThrough.Currency}
		}
		v.Decisions = append(v.Decisions, one)
	}
	return v
}

func movement(x *exchange.Exchange, a exchange.Asked, items []store.Item) Movement {
	m := Movement{Effect: a.ID, Kind: a.Kind, Asked: a.At, Transactions: []Transaction{}}
	if a.Amount != nil {
		m.Amount = *a.Amount
	}
	if i := slices.IndexFunc(items, func(it store.Item) bool { return it.ID == string(a.ID) }); i >= 0 {
		m.Attempts = items[i].Attempt
	}
	i := slices.IndexFunc(x.Facts.Movements, func(have exchange.Movement) bool { return have.Effect == a.ID })
	if i < 0 {
		return m
	}
	did := x.Facts.Movements[i]
	m.Ended, m.Result, m.Code, m.Reason = did.At, did.Result, did.Code, did.Reason
	if did.Amount != nil {
		m.Amount = *did.Amount
	}
	for _, id := range append([]string{did.ID}, did.IDs...) {
		if id != "" {
			m.Transactions = append(m.Transactions, transaction(x, id))
		}
	}
	return m
}

// transaction is one of the order's, as it was last read.
func transaction(x *exchange.Exchange, id string) Transaction {
	out := Transaction{ID: id}
	if s := x.Facts.Shop; s != nil {
		for _, t := range s.Transactions {
			if t.ID == id {
				return Transaction{ID: id, ParentID: t.ParentID, Kind: t.Kind, Status: t.Status, Amount: t.Amount, ShopAmount: t.ShopAmount}
			}
		}
	}
	return out
}
