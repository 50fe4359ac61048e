package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// heardLast is how many of the latest events an explanation tells.
const heardLast = 6

// why says where an exchange stands, what keeps it there, and what comes next by itself.
type why struct {
	ID         exchange.ID    `json:"id"`
	Connection exchange.Conn  `json:"connection"`
	Number     string         `json:"number"`
	Stage      exchange.Stage `json:"stage"`
	Since      time.Time      `json:"since"`
	Served     bool           `json:"served"` // a process serves the store
	// Since when nothing is done for the connection but to read how everything stands; null: it is not so.
	RecoveryHold *time.Time       `json:"recovery_hold"`
	WaitingFor   []rest.Condition `json:"waiting_for"`
	Asked        []owed           `json:"asked"` // acts without an outcome
	Next         []coming         `json:"next"`  // reads and times
	Heard        []rest.Moment    `json:"heard"` // the latest last
	Raised       []rest.Raised    `json:"raised"`
}

// owed is an act that was asked for and has no outcome yet.
type owed struct {
	ID      exchange.EffectID `json:"id"`
	Kind    exchange.Kind     `json:"kind"`
	Since   time.Time         `json:"since"`
	State   store.State       `json:"state"`
	Attempt int               `json:"attempt"` // 0: not tried yet
	Due     time.Time         `json:"due"`
	Reason  string            `json:"reason"` // why it is tried again
}

// coming is a read that is due, or a time to come back to.
type coming struct {
	What string    `json:"what"` // "read order", "time: deadline"
	Due  time.Time `json:"due"`
}

func newExchangesWhy(e env) *cobra.Command {
	return onExchange(e, &cobra.Command{
		Use: "why ID", Short: "Say why an exchange is where it is, and what comes next",
		Long: "Say why an exchange is where it is: what it waits for, what was asked for and has not ended, what it heard last,\nwhat is read or tried next, and what a person may do. " + anyName,
	}, func(ctx context.Context, o onOne) error {
		w, err := explain(ctx, o)
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(e.stdout, w)
		}
		return printWhy(e.stdout, w)
	})
}

func explain(ctx context.Context, o onOne) (why, error) {
	x := &o.x
	after := uint64(0)
	if x.Version > heardLast {
		after = x.Version - heardLast
	}
	entries, err := o.Journal(ctx, x.Connection, x.ID, after, heardLast)
	if err != nil {
		return why{}, fmt.Errorf("read the journal of %s: %w", x.ID, err)
	}
	view := rest.View(x, append([]exchange.Entry{}, entries...))
	w := why{
		ID: x.ID, Connection: x.Connection, Number: view.Number, Stage: x.Stage, Since: x.Created, Served: o.served,
		WaitingFor: view.WaitingFor, Asked: []owed{}, Next: []coming{}, Heard: view.Timeline, Raised: view.Raised,
	}
	if n := len(x.Since); n > 0 {
		w.Since = x.Since[n-1].At
	}
	items, _, err := all(ctx, store.Query{
		Conn: x.Connection, Exchange: x.ID, Limit: 500,
		Kinds: []store.Kind{store.Effect, store.Timer}, States: []store.State{store.Waiting, store.Parked, store.Dead},
	}, o.Items)
	if err != nil {
		return why{}, fmt.Errorf("list what %s is owed: %w", x.ID, err)
	}
	w.Asked = asked(x, items)
	hold, held, err := store.HoldOf(ctx, o, x.Connection)
	if err != nil {
		return why{}, err
	}
	if held {
		w.RecoveryHold = &hold.Since
	}
	for _, it := range items {
		if it.State == store.Waiting && (it.Kind == store.Timer || it.Topic == string(exchange.KindRead)) {
			w.Next = append(w.Next, coming{whatComes(it), it.Due})
		}
	}
	slices.SortStableFunc(w.Next, func(a, b coming) int { return cmp.Compare(a.Due.UnixNano(), b.Due.UnixNano()) })
	return w, nil
}

// asked are the acts without an outcome, in the order they were asked for.
func asked(x *exchange.Exchange, items []store.Item) []owed {
	out := []owed{}
	for _, a := range x.Asked {
		ended := slices.ContainsFunc(x.Facts.Movements, func(m exchange.Movement) bool { return m.Effect == a.ID })
		if ended || a.Kind == exchange.KindTimer {
			continue
		}
		act := owed{ID: a.ID, Kind: a.Kind, Since: a.At, State: store.Done}
		if i := slices.IndexFunc(items, func(it store.Item) bool { return it.ID == string(a.ID) }); i >= 0 {
			act.State, act.Attempt, act.Due, act.Reason = items[i].State, items[i].Attempt, items[i].Due, items[i].Reason
		}
		out = append(out, act)
	}
	return out
}

func whatComes(it store.Item) string {
	var e exchange.Effect
	switch {
	case it.Kind == store.Timer:
		return "time: " + it.Topic
	case json.Unmarshal(it.Body, &e) == nil && e.Read != nil:
		return "read " + string(e.Read.Target)
	default:
		return it.Topic
	}
}

func printWhy(w io.Writer, y why) error {
	of := string(y.Connection)
	if y.Number != "" {
		of = y.Number + " of " + of
	}
	fmt.Fprintf(w, "%s (%s) is %s since %s\n", y.ID, printable(of), y.Stage, at(y.Since))
	if !y.Served {
		fmt.Fprintln(w, "no serve runs on this store: nothing moves until one does")
	}
	if y.RecoveryHold != nil {
		fmt.Fprintf(w, "recovery hold: the store was restored from a backup at %s; nothing is done for %s until the peers have told how everything stands\n",
			at(*y.RecoveryHold), y.Connection)
	}
	printWaits(w, y.WaitingFor)
	if len(y.Asked) > 0 {
		fmt.Fprintln(w, "\nasked for, without an outcome")
	}
	for _, a := range y.Asked {
		fmt.Fprintf(w, "  %s, since %s: %s\n", a.Kind, at(a.Since), printable(standing(a)))
	}
	if len(y.Next) > 0 {
		fmt.Fprintln(w, "\ncomes by itself")
	}
	for _, c := range y.Next {
		fmt.Fprintf(w, "  %s, due %s\n", printable(c.What), at(c.Due))
	}
	printRaised(w, y.Raised)
	if len(y.Heard) > 0 {
		fmt.Fprintln(w, "\nheard last")
	}
	for _, m := range y.Heard {
		fmt.Fprintf(w, "  %s  %s  %s\n", at(m.At), printable(m.Event), printable(dash(ledTo(m))))
	}
	return nil
}

// standing says where an act without an outcome stands.
func standing(a owed) string {
	switch {
	case a.State == store.Dead:
		return "given up: " + dash(a.Reason)
	case a.State == store.Done:
		return "done, and its outcome is about to be taken"
	case a.Attempt == 0:
		return "due " + at(a.Due)
	case a.Reason == "":
		return fmt.Sprintf("attempt %d, next look %s", a.Attempt, at(a.Due))
	default:
		return fmt.Sprintf("attempt %d ended without one (%s), next %s", a.Attempt, a.Reason, at(a.Due))
	}
}
