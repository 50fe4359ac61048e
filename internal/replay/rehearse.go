package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// List is what came of a replay, or would.
type List[T any] struct {
	Data []T    `json:"data"`
	Left []Left `json:"left_out"`
	Next string `json:"next"` // the cursor of what follows, empty at the end
}

// Replayed is an event that was told again.
type Replayed struct {
	ID         string        `json:"id"` // of the new event
	Connection exchange.Conn `json:"connection"`
	Source     string        `json:"source"`
	Topic      string        `json:"topic"`
	Of         string        `json:"replay_of"`    // empty: a line of a file that had no id
	Done       []string      `json:"already_done"` // the acts that followed it when it was heard first: they are not repeated
}

// Replayed is t once it is kept. Heard is its rehearsal.
func (t Telling) Replayed(heard []Rehearsal) Replayed {
	one := Replayed{t.Item.ID, t.Item.Conn, t.Item.Source, t.Item.Topic, t.Of, []string{}}
	for _, h := range heard {
		for _, d := range h.Done {
			if d.Result == string(exchange.Done) {
				one.Done = append(one.Done, string(d.ID))
			}
		}
	}
	return one
}

// Rehearsal is what would follow if an exchange heard an event again.
type Rehearsal struct {
	Event      string         `json:"event"` // the first one's id; empty: a line of a file that had none
	Connection exchange.Conn  `json:"connection"`
	Source     string         `json:"source"`
	Topic      string         `json:"topic"`
	Exchange   exchange.ID    `json:"exchange"` // empty: of none that is known
	From       exchange.Stage `json:"from"`
	To         exchange.Stage `json:"to"`
	Rules      []string       `json:"rules"`        // that would fire
	Effects    []WouldBe      `json:"effects"`      // that would be asked for
	Done       []WouldBe      `json:"already_done"` // that followed it when it was heard first, until the next that others told
	Raised     []string       `json:"raised"`
	Note       string         `json:"note"`
}

// WouldBe is an effect, and how it ended if it did.
type WouldBe struct {
	ID     exchange.EffectID `json:"id"`
	Kind   exchange.Kind     `json:"kind"`
	Result string            `json:"result,omitempty"` // done, refused, …; or "asked for"
}

// Rehearsing decides over the stored exchanges in memory, each event after those before it, and stores nothing.
type Rehearsing struct {
	*Teller
	had map[exchange.ID]*exchange.Exchange // what they have become so far
	led map[exchange.ID][]followed         // what their journals say
}

// Rehearse begins a rehearsal.
func (r *Teller) Rehearse() *Rehearsing {
	return &Rehearsing{Teller: r, had: map[exchange.ID]*exchange.Exchange{}, led: map[exchange.ID][]followed{}}
}

// Tell says what would follow from t: for each exchange that would hear it, or for nobody.
func (r *Rehearsing) Tell(ctx context.Context, t Telling) ([]Rehearsal, error) {
	found, err := r.about(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return []Rehearsal{t.nobody()}, nil
	}
	var out []Rehearsal
	for _, f := range found {
		one, err := r.decide(ctx, t, f.ev, f.x)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// told is an event as one exchange hears it.
type told struct {
	x  *exchange.Exchange
	ev exchange.Event
}

// about finds those who would hear it, as the inbox does.
func (r *Rehearsing) about(ctx context.Context, t Telling) ([]told, error) {
	var out []told
	add := func(id exchange.ID, hint exchange.Target) error {
		if slices.ContainsFunc(out, func(f told) bool { return f.x.ID == id }) {
			return nil
		}
		if r.had[id] == nil {
			found, err := r.Reads.Load(ctx, t.Item.Conn, id)
			if err != nil {
				return fmt.Errorf("load %s: %w", id, err)
			}
			r.had[id] = &found[0]
		}
		ev := t.Notice.Event
		if hint != "" {
			ev.Hint = &exchange.Hint{Target: hint}
		}
		out = append(out, told{r.had[id], ev})
		return nil
	}
	if t.Item.Exchange != "" {
		err := add(t.Item.Exchange, "")
		return out, err
	}
	for _, a := range t.Notice.About {
		ids, err := r.Reads.Find(ctx, t.Item.Conn, a.Ref)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", a.Ref.Name, err)
		}
		for _, id := range ids {
			if err := add(id, a.Hint); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(out, func(f told) bool { return ofAnother(f.ev.Portal, f.x.ReturnID()) }), nil
}

// ofAnother reports whether the portal spoke of another return than mine: two may share the portal's own name.
func ofAnother(p *exchange.PortalEvent, mine string) bool {
	return p != nil && p.ReturnID != "" && mine != "" && p.ReturnID != mine
}

// nobody says what becomes of an event about which no exchange is known.
func (t Telling) nobody() Rehearsal {
	one := t.rehearsal()
	switch {
	case t.Notice.Create != nil:
		one.Note = "no exchange is known of it: it would ask for one"
	case t.Notice.Park != "":
		one.Note = "no exchange is known of it: it would wait for one"
	default:
		one.Note = "about nothing of ours: it would be ignored"
	}
	return one
}

func (t Telling) rehearsal() Rehearsal {
	return Rehearsal{
		Event: t.Of, Connection: t.Item.Conn, Source: t.Item.Source, Topic: t.Item.Topic,
		Rules: []string{}, Effects: []WouldBe{}, Done: []WouldBe{}, Raised: []string{},
	}
}

// decide lets x hear ev, and x becomes what it would be.
func (r *Rehearsing) decide(ctx context.Context, t Telling, ev exchange.Event, x *exchange.Exchange) (Rehearsal, error) {
	one := t.rehearsal()
	one.Exchange, one.From, one.To = x.ID, x.Stage, x.Stage
	var err error
	if one.Done, err = r.ledTo(ctx, t.Of, ev, *x); err != nil {
		return one, err
	}
	if order, need := x.NeedsNumber(ev); need {
		if ev.Number, err = r.nextNumber(ctx, x.Connection, order); err != nil {
			return one, err
		}
	}
	next, entry, err := exchange.Step(*x, ev)
	var no *exchange.RefusedError
	if errors.As(err, &no) {
		one.Note = "refused at stage " + string(x.Stage)
		return one, nil
	}
	if err != nil {
		return one, fmt.Errorf("decide %s: %w", x.ID, err)
	}
	one.To = next.Stage
	one.Rules, one.Raised = append(one.Rules, entry.Rules...), append(one.Raised, entry.Raised...)
	for _, e := range entry.Effects {
		one.Effects = append(one.Effects, WouldBe{ID: e.ID, Kind: e.Kind})
	}
	*x = next
	return one, nil
}

// followed is something that others told an exchange, and the acts that followed it, until they told the next.
type followed struct {
	told exchange.Event
	acts []exchange.Effect
}

// ledTo are the acts that followed an event when x heard it first, and how they ended. One without an id is known by
// what it tells.
func (r *Rehearsing) ledTo(ctx context.Context, of string, ev exchange.Event, x exchange.Exchange) ([]WouldBe, error) {
	groups, known := r.led[x.ID]
	if !known {
		if err := Lines(ctx, r.Reads, x, func(e exchange.Entry) error {
			if slices.Contains(outside, e.Event.Source) {
				groups = append(groups, followed{told: e.Event})
			}
			for _, f := range e.Effects {
				if n := len(groups); n > 0 && f.Kind != exchange.KindRead && !f.Withdraw { // those may be repeated without limit
					groups[n-1].acts = append(groups[n-1].acts, exchange.Effect{ID: f.ID, Kind: f.Kind})
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
		r.led[x.ID] = groups
	}
	out := []WouldBe{}
	for _, g := range groups {
		if g.told.ID != of && (of != "" || !sameTold(g.told, ev)) {
			continue
		}
		for _, f := range g.acts {
			was := WouldBe{ID: f.ID, Kind: f.Kind, Result: "asked for"}
			for _, m := range x.Facts.Movements {
				if m.Effect == f.ID {
					was.Result = string(m.Result)
				}
			}
			out = append(out, was)
		}
	}
	return out, nil
}

// sameTold reports whether two events tell the same: of the portal, of a request or of a cancellation.
func sameTold(a, b exchange.Event) bool {
	switch {
	case a.Kind != b.Kind || a.Source != b.Source:
		return false
	case a.Portal != nil && b.Portal != nil:
		return *a.Portal == *b.Portal
	case a.Cancel != nil && b.Cancel != nil:
		return *a.Cancel == *b.Cancel
	case a.Request != nil && b.Request != nil:
		x, y := *a.Request, *b.Request
		x.Instant, y.Instant = nil, nil
		return reflect.DeepEqual(x, y)
	}
	return false
}

// nextNumber is what the inbox would give the next exchange of a Shopify order.
func (r *Rehearsing) nextNumber(ctx context.Context, c exchange.Conn, order string) (int, error) {
	docs, err := r.Reads.Docs(ctx, c, "sequences", order[:len(order)-1], 500)
	if err != nil {
		return 0, fmt.Errorf("read the sequence of %s: %w", order, err)
	}
	n := 0
	if i := slices.IndexFunc(docs, func(d store.Doc) bool { return d.Key == order }); i >= 0 {
		if err := json.Unmarshal(docs[i].Body, &n); err != nil {
			return 0, fmt.Errorf("read the sequence of %s: %w", order, err)
		}
	}
	return n + 1, nil
}
