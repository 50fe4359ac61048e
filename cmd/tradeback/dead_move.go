package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// deadMove is what dead retry and dead discard do to what they have chosen.
type deadMove struct {
	slowly
	deadFilter
	discard    bool
	json       bool
	reason, by string
}

// deadMoved is what they say of it.
type deadMoved struct {
	Matched int      `json:"matched"`
	Kept    int      `json:"kept"`
	Events  []string `json:"events"` // by which serve carries it out
}

func newDeadMove(e env, discard bool) *cobra.Command {
	var settings config.Process
	m := deadMove{slowly: slowly{env: e}, discard: discard}
	c := &cobra.Command{
		Use: "retry [ID…] --reason TEXT", Short: "Try dead letters again",
		Long: `Try dead letters again: those named, or all that the filters choose. How many that are is said first, and a person at
a terminal is asked. Each is kept as an event with your name on it, at most --rate of them a second; serve takes them as
it takes any other. An act is looked for before it is attempted again and has its whole schedule before it; an event is
taken again.

It can be stopped at any time, and run again: what was kept is not kept twice, and what has moved on is left alone.`,
	}
	if discard {
		c.Use, c.Short = "discard [ID…] --reason TEXT", "Give dead letters up"
		c.Long = `Give dead letters up: those named, or all that the filters choose. How many that are is said first, and a person at a
terminal is asked. Each is kept as an event with your name and the reason on it. An act that was given up is not
attempted again, and its exchange goes on without it.

It can be stopped at any time, and run again.`
	}
	settings.Flags(c.Flags(), "store")
	m.deadFilter.flags(c)
	all := c.Flags().Bool("all", false, "all dead letters there are")
	c.Flags().StringVar(&m.reason, "reason", "", "why, for the timeline: no personal data")
	c.Flags().StringVar(&m.by, "by", "", "`NAME` of who does it; your user name if left out")
	m.slowly.flags(c)
	asJSON := jsonFlag(c)
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = func(c *cobra.Command, args []string) error {
		m.ids, m.json = args, *asJSON
		switch {
		case m.empty() && !*all:
			return usage("name dead letters by their ids, choose them by a filter, or give --all")
		case m.reason == "" || len(m.reason) > 200 || strings.ContainsFunc(m.reason, unicode.IsControl):
			return usage("--reason must be one line of 1 to 200 characters")
		}
		if err := m.check(); err != nil {
			return err
		}
		if m.by == "" {
			m.by = e.user()
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error { return m.run(c.Context(), st) })
	}
	return c
}

func (m *deadMove) run(ctx context.Context, st store.Engine) error {
	out := deadMoved{Events: []string{}}
	if err := m.each(ctx, m.env, st, func(store.Item) error { out.Matched++; return nil }); err != nil {
		return err
	}
	if out.Matched == 0 {
		return notFound("no dead letter is meant")
	}
	question := "Try %s again?"
	if m.discard {
		question = "Give %s up?"
	}
	if err := m.ask(ctx, fmt.Sprintf(question, plural(out.Matched, "dead letter"))); err != nil {
		return err
	}
	now, err := m.clockOf(ctx, st)
	if err != nil {
		return err
	}
	ids := ident.New(nil)
	err = m.each(ctx, m.env, st, func(it store.Item) error {
		if out.Kept > 0 {
			if err := m.pause(ctx, 1); err != nil {
				return err
			}
		}
		id, err := m.keep(ctx, st, it, ids, now())
		if err != nil {
			return err
		}
		out.Kept++
		out.Events = append(out.Events, id)
		m.show(out.Kept, out.Matched)
		return nil
	})
	if m.ended(out.Kept, out.Matched, err, "run it again"); err != nil {
		return err
	}
	if m.json {
		return printJSON(m.stdout, out)
	}
	_, err = fmt.Fprintf(m.stdout, "%d of %d kept: serve moves them when it comes to it\n", out.Kept, out.Matched)
	return err
}

// keep keeps the event that moves it; kept before, it is that one's id.
func (m *deadMove) keep(ctx context.Context, st store.Engine, it store.Item, ids *ident.Maker, now time.Time) (string, error) {
	ev := store.Item{
		ID: ids.Make("ev_", now), Conn: it.Conn, Kind: store.Event, State: store.Waiting, Source: "person",
		Received: now, Due: now, Dedupe: rest.DeadKey(it),
	}
	n := rest.DeadNotice(it, m.discard, m.reason)
	n.Event.ID, n.Event.At, n.Event.Source, n.Event.Actor = ev.ID, now, ev.Source, m.by
	ev.Topic = n.Event.Topic
	var err error
	if ev.Body, err = json.Marshal(n); err != nil {
		return "", fmt.Errorf("encode notice %s: %w", ev.ID, err)
	}
	var before *store.DuplicateError
	switch err := (receiver{st}).Receive(ctx, audit.OnDead(ev, m.person(m.by), it, m.discard)); {
	case errors.As(err, &before):
		return before.ID, nil
	case err != nil:
		return "", fmt.Errorf("keep what is to become of %s: %w", it.ID, err)
	}
	return ev.ID, nil
}
