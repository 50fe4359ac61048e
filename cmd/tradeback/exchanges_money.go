package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
)

// printMoney prints the proof of an exchange's money.
func printMoney(w io.Writer, m rest.Money) error {
	rows := [][]string{
		{"settlement", settlement(m.Settlement)},
		{"agreed", amount(m.Agreed.Amount)},
		{"the order owed then", amount(m.Agreed.Balance)},
	}
	if m.Agreed.Charge.Minor != 0 {
		rows = append(rows, []string{"charged beyond that", amount(m.Agreed.Charge) + ", for goods that did not come back in time"})
	}
	rows = append(rows, [][]string{
		{"due", amount(m.Due)},
		{"outstanding by Shopify", withShop(m.Order.Outstanding, m.Order.ShopOutstanding)},
		{"authorised by Shopify", amount(m.Order.Capturable)},
	}...)
	if err := pairs(w, string(m.Exchange), rows); err != nil {
		return err
	}
	if err := printPrices(w, m.Agreed); err != nil {
		return err
	}
	if err := printMovements(w, m); err != nil {
		return err
	}
	return printDecisions(w, m.Decisions)
}

// amount is one that may not be known.
func amount(m exchange.Money) string {
	if m.Currency == "" {
		return dash("")
	}
	return m.String()
}

// withShop is an amount with what it is in the shop's own currency, where that is another.
func withShop(m, shop exchange.Money) string {
	if shop.Currency == "" || shop.Currency == m.Currency {
		return amount(m)
	}
	return amount(m) + " (" + shop.String() + ")"
}

func printPrices(w io.Writer, a rest.Agreed) error {
	if len(a.Lines) == 0 {
		return nil
	}
	var rows [][]string
	for _, l := range a.Lines {
		rows = append(rows, []string{
			l.Direction, strconv.Itoa(l.Quantity), dash(l.Article), dash(l.Title), amount(l.Price), amount(l.Discount), amount(l.Tax), amount(l.Fee), amount(l.ComesTo),
		})
	}
	fmt.Fprintln(w)
	if err := table(w, "LINE\tQUANTITY\tARTICLE\tTITLE\tPRICE\tDISCOUNT\tTAX\tFEE\tCOMES TO", rows); err != nil {
		return err
	}
	if !a.AddsUp {
		_, err := fmt.Fprintln(w, "the lines, as Shopify tells their prices, do not add up to what was agreed: that is Shopify's own suggestion")
		return err
	}
	return nil
}

func printMovements(w io.Writer, m rest.Money) error {
	var rows [][]string
	for _, v := range m.Movements {
		result := string(v.Result)
		if result == "" {
			result = "no outcome yet"
		}
		if v.Code != "" || v.Reason != "" {
			result += ": " + printable(v.Code+" "+v.Reason)
		}
		rows = append(rows, []string{at(v.Asked), string(v.Kind), amount(v.Amount), strconv.Itoa(v.Attempts), result, dash("")})
		for _, t := range v.Transactions {
			rows = append(rows, []string{"", "", withShop(t.Amount, t.ShopAmount), "", printable(t.Kind + " " + t.Status), t.ID})
		}
	}
	for _, t := range m.Others {
		rows = append(rows, []string{dash(""), "by others", withShop(t.Amount, t.ShopAmount), dash(""), printable(t.Kind+" "+t.Status) + ", counts " + amount(*t.Counts), t.ID})
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return table(w, "ASKED\tWHAT\tAMOUNT\tATTEMPTS\tCAME OF IT\tTRANSACTION", rows)
}

func printDecisions(w io.Writer, list []rest.Decision) error {
	if len(list) == 0 {
		return nil
	}
	var rows [][]string
	for _, d := range list {
		said := amount(d.Amount)
		if d.Amount.Currency == "" {
			said = "all that was due"
		}
		if d.As == exchange.CollectAgain || d.As == exchange.ReturnAccepted {
			said = dash("")
		}
		rows = append(rows, []string{at(d.At), dash(d.By), string(d.As), said, printable(d.Reason)})
	}
	fmt.Fprintln(w)
	return table(w, "DECIDED\tBY\tAS\tAMOUNT\tREASON", rows)
}
