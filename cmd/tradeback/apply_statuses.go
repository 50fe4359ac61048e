package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/store"
)

// statuses holds the status names of want against the warehouses' own, as far as those can be asked. What
// could not be checked comes back as notes.
//
// Errors: connection.Faults, with the names that exist.
func (a *applying) statuses(ctx context.Context, st store.Engine, sealer *connection.Sealer, want []connection.Connection) ([]string, error) {
	ways := peers{docs: st, seal: sealer, now: a.now, call: a.settings.CallTimeout, hosts: a.settings.AllowHosts}
	errs := make([]error, len(want))
	var wg sync.WaitGroup
	for i, c := range want {
		wg.Go(func() {
			to, err := ways.make(c, nil)
			if err != nil {
				errs[i] = err
				return
			}
			defer to.toShop.Close()
			defer to.toOngoing.Close()
			errs[i] = to.ongoing.Statuses(ctx)
		})
	}
	wg.Wait()
	notes := []string{}
	var faults connection.Faults
	for i, err := range errs {
		for _, err := range parts(err) {
			var unknown *connection.UnresolvedError
			if !errors.As(err, &unknown) {
				notes = append(notes, fmt.Sprintf("%s: the warehouse's status names could not be checked: %v", want[i].Name, err))
				continue
			}
			part := "order_statuses"
			var of *ongoing.StatusesError
			if errors.As(err, &of) && of.OfReturnOrders {
				part = "return_order_statuses"
			}
			for _, problem := range unknown.Problems {
				faults = append(faults, a.fault(want[i].Name, part, problem, unknown.Known))
			}
		}
	}
	if faults != nil {
		return notes, faults
	}
	return notes, nil
}

// fault is a problem with status names, at its place in the file.
func (a *applying) fault(name exchange.Conn, part, problem string, known []string) connection.Fault {
	i := slices.IndexFunc(a.want, func(c connection.Connection) bool { return c.Name == name })
	field := fmt.Sprintf("connections[%d].ongoing.%s", i, part)
	if role, rest, ok := strings.Cut(problem, ": "); ok {
		field, problem = field+"."+role, rest
	}
	return connection.Fault{
		Line: lineOf(a.text, field), Field: field, Message: problem + "; the warehouse has: " + strings.Join(known, ", "),
	}
}

// lineOf is the line on which a field of the file stands, or 0.
func lineOf(text []byte, field string) int {
	path, err := yaml.PathString("$." + field)
	if err != nil {
		return 0
	}
	node, err := path.ReadNode(bytes.NewReader(text))
	if err != nil || node.GetToken() == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

// parts are the errors that errors.Join put together.
func parts(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
