package main

import (
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/subscription"
)

// print writes every comparison, and then how each connection stands.
func (r *sweeping) print() error {
	for i, c := range r.out.Exchanges {
		if i > 0 {
			fmt.Fprintln(r.stdout)
		}
		if err := r.printComparison(c); err != nil {
			return err
		}
	}
	for _, c := range r.out.Connections {
		if len(r.out.Exchanges) > 0 {
			fmt.Fprintln(r.stdout)
		}
		r.printConnection(c)
	}
	if r.out.Told > 0 {
		fmt.Fprintf(r.stdout, "\n%d kept as events of source reconcile: serve reads what has moved when it comes to it\n", r.out.Told)
	}
	return nil
}

func (r *sweeping) printComparison(c reconcile.Comparison) error {
	fmt.Fprintf(r.stdout, "%s (%s of %s), %s\n", c.Exchange, printable(dash(c.Number)), c.Connection, c.Stage)
	var rows [][]string
	for _, row := range c.Rows {
		rows = append(rows, []string{row.What, dash(row.Ongoing), dash(row.Shopify), dash(row.Ours)})
	}
	if len(rows) > 0 {
		if err := table(r.stdout, "\tONGOING\tSHOPIFY\tWE BELIEVE", rows); err != nil {
			return err
		}
	}
	for _, u := range c.Unknown {
		fmt.Fprintf(r.stdout, "  not known: %s\n", printable(u))
	}
	for _, d := range c.Differences {
		fmt.Fprintf(r.stdout, "  %s\n", printable(d.Text))
		switch {
		case d.Told:
			fmt.Fprintln(r.stdout, "    it is read anew")
		case d.Mend != "":
			fmt.Fprintf(r.stdout, "    %s\n", d.Mend)
		}
	}
	if len(c.Differences)+len(c.Unknown) == 0 {
		fmt.Fprintln(r.stdout, "  no difference")
	}
	return nil
}

func (r *sweeping) printConnection(c reconciledConn) {
	fmt.Fprintln(r.stdout, c.Connection)
	line := func(format string, args ...any) { fmt.Fprintf(r.stdout, "  "+format+"\n", args...) }
	switch {
	case c.Last == nil:
		line("serve has not reconciled it yet")
	case c.Trouble != "":
		line("the last sweep, %s, was broken off: %s", at(*c.Last), printable(c.Trouble))
	default:
		line("the last sweep was %s", at(*c.Last))
	}
	if c.Last != nil && len(c.Advice) == 0 {
		all := c.Tally[exchange.PeerOngoing].Changes + c.Tally[exchange.PeerShopify].Changes
		line("a webhook told of each of %d changes since %s", all, at(*c.Since))
	}
	for _, a := range c.Advice {
		line("since %s %s", at(*c.Since), a)
	}
	for _, id := range c.Returns {
		line("return %s is open in Shopify, and no exchange is known of it: it makes one if it has anything to exchange", id)
	}
	for _, s := range c.Strays {
		line("%s, since %s: %s", s.Code, at(s.Since), printable(s.Text))
	}
	line("%s", printable(webhooksOf(c.Subscriptions)))
	if c.Subscriptions.FallenForward() {
		line("Shopify answers with version %s of its API, not %s, which has reached its end: upgrade tradeback", c.Subscriptions.Served, c.Subscriptions.Asked)
	}
}

// webhooksOf says how a shop's webhook subscriptions stand.
func webhooksOf(s subscription.State) string {
	switch {
	case s.Checked.IsZero():
		return "Shopify's webhook subscriptions were not looked at yet"
	case s.URI == "":
		return "Shopify's webhook subscriptions are not kept: serve runs without --public-url"
	case s.Trouble != "":
		return "Shopify's webhook subscriptions could not be looked at: " + s.Trouble
	}
	text := fmt.Sprintf("%d of %d webhook subscriptions are in Shopify", s.There, s.Wanted)
	if s.Made > 0 {
		text += fmt.Sprintf(", %d made by us, the last %s", s.Made, at(s.LastMade))
	}
	for _, m := range s.Missing {
		text += "; " + m.Topic + ": " + m.Reason
	}
	return text
}
