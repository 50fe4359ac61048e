package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func newExchangesShow(e env) *cobra.Command {
	var money bool
	c := onExchange(e, &cobra.Command{
		Use: "show ID", Short: "Show an exchange with its timeline", Long: "Show an exchange with its timeline, or the proof of its money. " + anyName,
	}, func(ctx context.Context, o onOne) error {
		if money {
			return e.showMoney(ctx, o)
		}
		v, err := o.view(ctx)
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(e.stdout, v)
		}
		return printExchange(e.stdout, v)
	})
	c.Flags().BoolVar(&money, "money", false, "the whole proof of its money: how the agreed amount came about, and each movement")
	return c
}

func (e env) showMoney(ctx context.Context, o onOne) error {
	items, err := rest.MoneyItems(ctx, o.Engine, &o.x)
	if err != nil {
		return err
	}
	v := rest.MoneyView(&o.x, items)
	if o.json {
		return printJSON(e.stdout, v)
	}
	return printMoney(e.stdout, v)
}

// onOne is what a command about one exchange has found.
type onOne struct {
	store.Engine
	served bool // a process works for its connection
	x      exchange.Exchange
	json   bool
}

// view is the exchange as the API shows it.
func (o onOne) view(ctx context.Context) (rest.Exchange, error) {
	entries, err := o.Journal(ctx, o.x.Connection, o.x.ID, 0, 500)
	if err != nil {
		return rest.Exchange{}, fmt.Errorf("read the journal of %s: %w", o.x.ID, err)
	}
	return rest.View(&o.x, append([]exchange.Entry{}, entries...)), nil
}

// onExchange completes a command about one exchange.
func onExchange(e env, c *cobra.Command, do func(context.Context, onOne) error) *cobra.Command {
	var settings config.Process
	c.Args = cobra.ExactArgs(1)
	settings.Flags(c.Flags(), "store")
	conn := c.Flags().String("connection", "", "look in this connection alone")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkName(args[0]); err != nil {
			return err
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			name, err := checkConn(c.Context(), st, *conn)
			if err != nil {
				return err
			}
			x, err := findExchange(c.Context(), st, name, args[0])
			if err != nil {
				return err
			}
			return do(c.Context(), onOne{st, served(c.Context(), &settings, st, x.Connection), x, *asJSON})
		})
	}
	return c
}

func printExchange(w io.Writer, x rest.Exchange) error {
	if err := pairs(w, string(x.ID), [][]string{
		{"connection", string(x.Connection)},
		{"stage", string(x.Stage) + ", " + kindOf(x)},
		{"exchange order", status(x.Number, x.OrderStatus)},
		{"return order", status(x.ReturnNumber, x.ReturnStatus)},
		{"reference", dash(x.Reference)},
		{"Shopify return", dash(x.ShopifyReturnID)},
		{"Shopify order", dash(x.ShopifyOrderID)},
		{"settlement", settlement(x.Settlement)},
		{"requested", at(x.Created)},
		{"updated", at(x.Updated)},
	}); err != nil {
		return err
	}
	if err := printLines(w, x.Lines); err != nil {
		return err
	}
	printWaits(w, x.WaitingFor)
	printRaised(w, x.Raised)
	return printTimeline(w, x.Timeline)
}

func settlement(s rest.Settlement) string {
	if s.Agreed.Currency == "" { // nothing is known of it yet
		return s.Status
	}
	return fmt.Sprintf("%s: agreed %s, captured %s, refunded %s", s.Status, s.Agreed, s.Captured, s.Refunded)
}

func status(number, text string) string {
	if text == "" {
		return dash(number)
	}
	return dash(number) + " (" + text + ")"
}

func printLines(w io.Writer, lines []rest.Line) error {
	if len(lines) == 0 {
		return nil
	}
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{l.Direction, strconv.Itoa(l.Quantity), dash(l.Article), dash(l.Title), strconv.Itoa(l.Processed)}
	}
	fmt.Fprintln(w)
	return table(w, "LINE\tQUANTITY\tARTICLE\tTITLE\tPROCESSED", rows)
}

func printWaits(w io.Writer, list []rest.Condition) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nwaits for")
	for _, c := range list {
		fmt.Fprintf(w, "  %s, since %s\n", printable(c.Condition), at(c.Since))
	}
}

func printRaised(w io.Writer, list []rest.Raised) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nneeds a person")
	for _, r := range list {
		fmt.Fprintf(w, "  %s, since %s: %s\n", r.Code, at(r.Since), printable(r.Message))
		for _, name := range []string{"ours", "theirs"} {
			if m, ok := r.Figures[name]; ok {
				fmt.Fprintf(w, "    %s: %s\n", name, m)
			}
		}
		for _, remedy := range r.Remedies {
			fmt.Fprintf(w, "    you may: %s\n", printable(remedy))
		}
	}
}

func printTimeline(w io.Writer, moments []rest.Moment) error {
	if len(moments) == 0 {
		return nil
	}
	rows := make([][]string, len(moments))
	for i, m := range moments {
		event := m.Event
		if m.Actor != "" {
			event += " by " + m.Actor
		}
		rows[i] = []string{at(m.At), dash(m.EventID), event, dash(ledTo(m))}
	}
	fmt.Fprintln(w)
	return table(w, "TIME\tEVENT\tWHAT\tLED TO", rows)
}

// ledTo says in short what a moment led to.
func ledTo(m rest.Moment) string {
	var out []string
	if m.From != m.To {
		out = append(out, string(m.From)+" -> "+string(m.To))
	}
	out = append(out, m.Effects...)
	for _, code := range m.Raised {
		out = append(out, "raised "+code)
	}
	for _, code := range m.Lowered {
		out = append(out, "no longer "+code)
	}
	return strings.Join(out, ", ")
}

// listing is an error of a list: a cursor that the store does not know is a mistake in the command line.
func listing(err error) error {
	if errors.Is(err, store.ErrInvalid) {
		return usage("--after must be what next said")
	}
	return err
}
