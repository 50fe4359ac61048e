package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// heardLast is how many of the latest events an explanation tells.
const heardLast = 6

// Why says where an exchange stands, what keeps it there, what comes next by itself, and what a person may do.
type Why struct {
	ID         exchange.ID    `json:"id"`
	Connection exchange.Conn  `json:"connection"`
	Number     string         `json:"number"`
	Stage      exchange.Stage `json:"stage"`
	Since      time.Time      `json:"since"`
	Served     bool           `json:"served"` // a process works for its connection
	// Since when nothing is done for the connection but to read how everything stands; null: it is not so.
	RecoveryHold *time.Time  `json:"recovery_hold"`
	WaitingFor   []Condition `json:"waiting_for"`
	Asked        []Owed      `json:"asked"` // acts without an outcome
	Next         []Coming    `json:"next"`  // reads and times
	Sides        []Side      `json:"sides"`
	Heard        []Moment    `json:"heard"` // the latest last
	Raised       []Raised    `json:"raised"`
	May          []Remedy    `json:"may"`
}

// Owed is an act that was asked for and has no outcome yet, or was given up.
type Owed struct {
	ID      exchange.EffectID `json:"id"`
	Kind    exchange.Kind     `json:"kind"`
	Since   time.Time         `json:"since"`
	State   store.State       `json:"state"`
	Attempt int               `json:"attempt"` // 0: not tried yet
	Due     time.Time         `json:"due"`     // the next attempt
	Reason  string            `json:"reason"`  // why it is tried again, or was given up
}

// Coming is a read that is due, or a time to come back to.
type Coming struct {
	What string    `json:"what"` // "read order", "time: deadline"
	Due  time.Time `json:"due"`
}

// Side is what was heard last from one of those on the other side: of its own accord, and when it was asked.
type Side struct {
	Side  string `json:"side"`  // ongoing, shopify, portal
	Told  *Heard `json:"told"`  // null: never
	Found *Heard `json:"found"` // by a read, or as the answer to an act; null: never
}

// Heard is one thing that was heard.
type Heard struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	EventID string    `json:"event_id"`
	Facts   string    `json:"facts"`
}

// WhyStore is what an explanation is read from.
type WhyStore interface {
	Journal(ctx context.Context, c store.Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error)
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// why handles GET /v1/exchanges/{id}/why.
func (a *API) why(c *fiber.Ctx, _ connection.Key) error {
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	conn, ok := a.book.Get(x.Connection)
	w, err := WhyView(c.UserContext(), a.store, x, ok && conn.Enabled)
	if err != nil {
		return err
	}
	return c.JSON(w)
}

// WhyView explains x. Served says whether a process works for its connection.
func WhyView(ctx context.Context, st WhyStore, x *exchange.Exchange, served bool) (Why, error) {
	v := View(x, nil)
	w := Why{
		ID: x.ID, Connection: x.Connection, Number: v.Number, Stage: x.Stage, Since: x.Entered(), Served: served,
		WaitingFor: v.WaitingFor, Next: []Coming{}, Raised: v.Raised,
	}
	hold, held, err := store.HoldOf(ctx, st, x.Connection)
	if err != nil {
		return w, err
	}
	if held {
		w.RecoveryHold = &hold.Since
	}
	items, err := standing(ctx, st, x)
	if err != nil {
		return w, err
	}
	w.Asked = owed(x, items)
	for _, it := range items {
		if it.State == store.Waiting && (it.Kind == store.Timer || it.Topic == string(exchange.KindRead)) {
			w.Next = append(w.Next, Coming{whatComes(it), it.Due})
		}
	}
	slices.SortStableFunc(w.Next, func(a, b Coming) int { return a.Due.Compare(b.Due) })
	w.Sides, w.Heard, err = lastHeard(ctx, st, x)
	w.May = remedies(x, served, items)
	return w, err
}

// standing are the items of x that wait, or that only a person can move.
func standing(ctx context.Context, st WhyStore, x *exchange.Exchange) ([]store.Item, error) {
	q := store.Query{
		Conn: x.Connection, Exchange: x.ID, Limit: 500,
		States: []store.State{store.Waiting, store.Parked, store.Dead},
	}
	var out []store.Item
	for {
		found, after, err := st.Items(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list what %s is owed: %w", x.ID, err)
		}
		out = append(out, found...)
		if after == "" {
			return out, nil
		}
		q.After = after
	}
}

// owed are the acts without an outcome and those that were given up, in the order they were asked for.
func owed(x *exchange.Exchange, items []store.Item) []Owed {
	out := []Owed{}
	for _, a := range x.Asked {
		i := slices.IndexFunc(items, func(it store.Item) bool { return it.ID == string(a.ID) })
		ended := slices.ContainsFunc(x.Facts.Movements, func(m exchange.Movement) bool { return m.Effect == a.ID })
		if ended && (i < 0 || items[i].State != store.Dead) || a.Kind == exchange.KindTimer {
			continue
		}
		act := Owed{ID: a.ID, Kind: a.Kind, Since: a.At, State: store.Done}
		if i >= 0 {
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

// lastHeard looks through the journal of x from its end: what each side said last, and the latest events.
func lastHeard(ctx context.Context, st WhyStore, x *exchange.Exchange) ([]Side, []Moment, error) {
	sides := []Side{{Side: "ongoing"}, {Side: "shopify"}, {Side: "portal"}}
	latest := []exchange.Entry{}
	const window = 200
	for to := x.Version; to > 0; {
		from := to - min(to, window)
		lines, err := st.Journal(ctx, x.Connection, x.ID, from, int(to-from)) //nolint:gosec // at most the window
		if err != nil {
			return nil, nil, fmt.Errorf("read the journal of %s: %w", x.ID, err)
		}
		if to == x.Version {
			latest = lines[max(0, len(lines)-heardLast):]
		}
		for _, line := range slices.Backward(lines) {
			for i := range sides {
				sides[i].hear(line)
			}
		}
		if !slices.ContainsFunc(sides, Side.silent) {
			break
		}
		to = from
	}
	return sides, moments(latest), nil
}

// hear takes what a line says of the side, if nothing later is known.
func (s *Side) hear(e exchange.Entry) {
	heard := &Heard{At: e.At, Event: eventName(e.Event), EventID: e.Event.ID, Facts: learned(e.Event)}
	var found exchange.PeerName
	switch ev := e.Event; {
	case ev.Read != nil:
		found = ev.Read.Target.Peer()
	case ev.Outcome != nil && (ev.Outcome.Result == exchange.Done || ev.Outcome.Result == exchange.Refused): // else it did not answer
		found = ev.Outcome.Kind.Peer()
	}
	switch {
	case s.Found == nil && string(found) == s.Side:
		s.Found = heard
	case s.Told == nil && e.Event.Source == s.Side:
		s.Told = heard
	}
}

// silent reports whether something may still be found further back. The portal is never asked.
func (s Side) silent() bool { return s.Told == nil || s.Found == nil && s.Side != "portal" }
