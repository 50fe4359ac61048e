package main

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
)

func newExchangesAccept(e env) *cobra.Command {
	var reason, by string
	c := onExchange(e, &cobra.Command{
		Use: "accept ID --reason TEXT", Short: "Accept what came back of a partial return",
		Long: "Accept what came back of a partial return: the exchange goes on as if everything had. That is kept as an event with\nyour name on it; serve carries it out, and is waited for up to 10 s where it runs. " + anyName,
	}, func(ctx context.Context, o onOne) error {
		if reason == "" || len(reason) > 200 || strings.ContainsFunc(reason, unicode.IsControl) {
			return usage("--reason must be one line of 1 to 200 characters")
		}
		if by == "" {
			by = e.user()
		}
		return e.accept(ctx, o, reason, by)
	})
	c.Flags().StringVar(&reason, "reason", "", "why it is enough, for the journal: no personal data")
	c.Flags().StringVar(&by, "by", "", "`NAME` of who accepts it; your user name if left out")
	return c
}

func (e env) accept(ctx context.Context, o onOne, reason, by string) error {
	if o.x.Accepted() {
		return e.goesOn(ctx, o)
	}
	if !o.x.Acceptable() {
		return nothingToAccept(o.x)
	}
	now, err := e.clockOf(ctx, o.Engine)
	if err != nil {
		return err
	}
	it, err := personItem(o.x, exchange.Event{
		Kind: exchange.EventSaid, Topic: "exchanges.accept", Said: &exchange.Said{What: exchange.ReturnAccepted, Reason: reason},
	}, e.person(by), ident.New(nil), now())
	if err != nil {
		return err
	}
	done, err := e.told(ctx, &o, it, "serve lets "+string(o.x.ID)+" go on when it comes to it")
	if err != nil || !done {
		return err
	}
	if !o.x.Accepted() {
		return nothingToAccept(o.x)
	}
	return e.goesOn(ctx, o)
}

func nothingToAccept(x exchange.Exchange) error {
	return refused("%s has no partial return to accept: its stage is %s, and its return order is not finished, or not short", x.ID, x.Stage)
}

// goesOn shows an exchange whose return was accepted.
func (e env) goesOn(ctx context.Context, o onOne) error {
	if o.json {
		v, err := o.view(ctx)
		if err != nil {
			return err
		}
		return printJSON(e.stdout, v)
	}
	_, err := fmt.Fprintf(e.stdout, "%s goes on with what came back: it is %s\n", o.x.ID, o.x.Stage)
	return err
}
