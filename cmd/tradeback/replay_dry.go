package main

import (
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
)

func (e env) printRehearsals(list replay.List[replay.Rehearsal], asJSON bool) error {
	if asJSON {
		return printJSON(e.stdout, list)
	}
	asked, done := 0, 0
	for _, one := range list.Data {
		e.printRehearsal(one)
		for _, f := range one.Effects {
			if f.Kind != exchange.KindRead {
				asked++
			}
		}
		for _, f := range one.Done {
			if f.Result == string(exchange.Done) {
				done++
			}
		}
	}
	fmt.Fprintf(e.stdout, "%d would be asked for, but for reads; %d are done already; nothing was stored\n", asked, done)
	return e.printLeft(list.Left)
}

func (e env) printRehearsal(one replay.Rehearsal) {
	heard := one.Source + " " + dash(one.Topic)
	if one.Event != "" {
		heard = one.Event + " " + heard
	}
	fmt.Fprintln(e.stdout, printable(heard))
	switch {
	case one.Exchange == "":
	case one.From != one.To:
		fmt.Fprintf(e.stdout, "  %s: %s -> %s\n", one.Exchange, one.From, one.To)
	default:
		fmt.Fprintf(e.stdout, "  %s stays %s\n", one.Exchange, one.From)
	}
	for _, r := range one.Rules {
		fmt.Fprintf(e.stdout, "  rule: %s\n", r)
	}
	for _, f := range one.Effects {
		fmt.Fprintf(e.stdout, "  would ask for: %s\n", f.ID)
	}
	for _, f := range one.Done {
		fmt.Fprintf(e.stdout, "  already %s: %s\n", f.Result, f.ID)
	}
	for _, code := range one.Raised {
		fmt.Fprintf(e.stdout, "  would raise: %s\n", code)
	}
	if one.Note != "" {
		fmt.Fprintf(e.stdout, "  %s\n", one.Note)
	}
}
