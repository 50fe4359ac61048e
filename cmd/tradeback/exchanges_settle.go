package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// settlements are what a person may decide about an exchange's money.
var settlements = []exchange.Decision{exchange.PaidElsewhere, exchange.WrittenOff, exchange.CollectAgain}

func newExchangesSettle(e env) *cobra.Command {
	var as, amount, reason, by string
	c := onExchange(e, &cobra.Command{
		Use: "settle ID --as HOW --reason TEXT", Short: "Decide about the money of an exchange",
		Long: "Decide about the money of an exchange that cannot be collected or given back: paid_elsewhere and written_off settle what\n" +
			"is due, or --amount of it; collect_again begins anew to collect it, and lets an amount above the limit through, once. That\n" +
			"is kept as an event with your name on it; serve carries it out, and is waited for up to 10 s where it runs. Nothing is\n" +
			"moved in Shopify by a settlement. " + anyName,
	}, func(ctx context.Context, o onOne) error {
		said := exchange.Said{What: exchange.Decision(as), Reason: reason}
		switch {
		case !slices.Contains(settlements, said.What):
			return usage("--as must be one of %v", settlements)
		case reason == "" || len(reason) > 200 || strings.ContainsFunc(reason, unicode.IsControl):
			return usage("--reason must be one line of 1 to 200 characters")
		case amount != "" && said.What == exchange.CollectAgain:
			return usage("--amount goes with paid_elsewhere or written_off alone")
		case amount != "":
			m, err := exchange.ParseMoney(amount, o.x.Settlement().Agreed.Currency)
			if err != nil || m.Minor <= 0 {
				return usage("--amount must be an amount above zero in the order's own currency, such as 50.00")
			}
			said.Amount = &m
		}
		if by == "" {
			by = e.user()
		}
		return e.settle(ctx, o, said, by)
	})
	f := c.Flags()
	f.StringVar(&as, "as", "", "`HOW`: paid_elsewhere, written_off or collect_again")
	f.StringVar(&amount, "amount", "", "what of it is settled, in the order's currency; all that is due if left out")
	f.StringVar(&reason, "reason", "", "why, for the timeline: no personal data")
	f.StringVar(&by, "by", "", "`NAME` of who decides it; your user name if left out")
	return c
}

func (e env) settle(ctx context.Context, o onOne, said exchange.Said, by string) error {
	if why := o.x.CannotSettle(said); why != "" {
		return refused("nothing can be decided about the money of %s: %s", o.x.ID, why)
	}
	now, err := e.clockOf(ctx, o.Engine)
	if err != nil {
		return err
	}
	it, err := personItem(o.x, exchange.Event{Kind: exchange.EventSaid, Topic: "exchanges.settle", Said: &said}, e.person(by), ident.New(nil), now())
	if err != nil {
		return err
	}
	if err := (receiver{o.Engine}).Receive(ctx, it); err != nil {
		return fmt.Errorf("keep the decision about %s: %w", o.x.ID, err)
	}
	if o.served {
		if it, err = ended(ctx, o, it); err != nil {
			return err
		}
	}
	switch it.State {
	case store.Waiting, store.Parked:
		if o.json {
			return printJSON(e.stdout, rest.EventView(it))
		}
		_, err := fmt.Fprintf(e.stdout, "kept as %s: serve carries it out when it comes to it\n", it.ID)
		return err
	case store.Dead:
		return fmt.Errorf("%s could not be handled: %s", it.ID, it.Reason)
	}
	found, err := o.Load(ctx, o.x.Connection, o.x.ID)
	if err != nil {
		return err
	}
	o.x = found[0]
	if !slices.ContainsFunc(o.x.Facts.Said, func(d exchange.Decided) bool { return d.Event == it.ID }) {
		return refused("nothing can be decided about the money of %s any more: its stage is %s", o.x.ID, o.x.Stage)
	}
	if o.json {
		v, err := o.view(ctx)
		if err != nil {
			return err
		}
		return printJSON(e.stdout, v)
	}
	_, err = fmt.Fprintf(e.stdout, "%s is %s, its settlement %s\n", o.x.ID, o.x.Stage, settlement(rest.Settlement(o.x.Settlement())))
	return err
}
