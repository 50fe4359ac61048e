package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/store"
)

// keepAll keeps events in one round. What was kept before is not kept again: it then is that one.
func keepAll(ctx context.Context, engine store.Engine, list []replay.Telling) error {
	ops := make([]store.Op, len(list))
	for i, t := range list {
		ops[i] = store.Receive{Event: t.Item}
	}
	results, err := engine.Apply(ctx, ops)
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	for i, err := range results {
		var before *store.DuplicateError
		if errors.As(err, &before) && !before.Mismatch {
			list[i].Item.ID, results[i] = before.ID, nil
		}
	}
	return errors.Join(results...)
}

func (e env) printReplayed(list replay.List[replay.Replayed], asJSON bool) error {
	if asJSON {
		return printJSON(e.stdout, list)
	}
	rows := make([][]string, len(list.Data))
	for i, one := range list.Data {
		rows[i] = []string{one.ID, string(one.Connection), one.Source, dash(one.Topic), dash(one.Of), dash(strings.Join(one.Done, ","))}
	}
	if err := table(e.stdout, "ID\tCONNECTION\tSOURCE\tTOPIC\tREPLAY OF\tALREADY DONE", rows); err != nil {
		return err
	}
	return e.printLeft(list.Left)
}

func (e env) printLeft(left []replay.Left) error {
	for _, l := range left {
		if _, err := fmt.Fprintf(e.stderr, "left out: %s: %s\n", l.Event, printable(strings.TrimPrefix(l.Reason, l.Event+": "))); err != nil {
			return err
		}
	}
	return nil
}
