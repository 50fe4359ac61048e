package main

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// keepAll keeps events, many in a round.
func keepAll(ctx context.Context, engine store.Engine, list []telling) error {
	const round = 200
	for done := 0; done < len(list); done += round {
		part := list[done:min(done+round, len(list))]
		ops := make([]store.Op, len(part))
		for i, t := range part {
			ops[i] = store.Receive{Event: t.item}
		}
		results, err := engine.Apply(ctx, ops)
		if err != nil {
			err = fmt.Errorf("%w: %w", store.ErrUnavailable, err)
		}
		if err = errors.Join(append(results, err)...); err != nil {
			return fmt.Errorf("keep events, %d of %d were: %w", done, len(list), err)
		}
	}
	return nil
}

// keepEach keeps events in a store whose queue makes rounds of them.
func keepEach(ctx context.Context, st *store.Store, list []telling) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for _, t := range list {
		g.Go(func() error {
			if err := st.Receive(ctx, t.item); err != nil {
				return fmt.Errorf("keep %s: %w", t.item.Reason, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// replayed is what replay says of an event that it kept.
type replayed struct {
	ID         string        `json:"id"`
	Connection exchange.Conn `json:"connection"`
	Source     string        `json:"source"`
	Topic      string        `json:"topic"`
	Of         string        `json:"replay_of"` // empty: a line of a file that had no id
}

func (e env) printReplayed(list []telling, asJSON bool) error {
	out := page[replayed]{Data: make([]replayed, len(list))}
	rows := make([][]string, len(list))
	for i, t := range list {
		out.Data[i] = replayed{t.item.ID, t.item.Conn, t.item.Source, t.item.Topic, t.of}
		rows[i] = []string{t.item.ID, string(t.item.Conn), t.item.Source, dash(t.item.Topic), dash(t.of)}
	}
	if asJSON {
		return printJSON(e.stdout, out)
	}
	return table(e.stdout, "ID\tCONNECTION\tSOURCE\tTOPIC\tREPLAY OF", rows)
}
