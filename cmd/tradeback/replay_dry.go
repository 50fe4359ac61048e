package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/store"
)

// rehearsed is what would follow if an exchange heard an event again.
type rehearsed struct {
	Event      string         `json:"event"` // the first one's id; empty: a line of a file that had none
	Connection exchange.Conn  `json:"connection"`
	Source     string         `json:"source"`
	Topic      string         `json:"topic"`
	Exchange   exchange.ID    `json:"exchange"` // empty: of none that is known
	From       exchange.Stage `json:"from"`
	To         exchange.Stage `json:"to"`
	Rules      []string       `json:"rules"`        // that would fire
	Effects    []wouldBe      `json:"effects"`      // that would be asked for
	Done       []wouldBe      `json:"already_done"` // that the event led to when it was heard first
	Raised     []string       `json:"raised"`
	Note       string         `json:"note"`
}

// wouldBe is an effect, and how it ended if it did.
type wouldBe struct {
	ID     exchange.EffectID `json:"id"`
	Kind   exchange.Kind     `json:"kind"`
	Result string            `json:"result,omitempty"` // done, refused, …; or "asked for"
}

// foresee decides over the stored exchanges in memory, each event after those before it, and stores nothing.
func (e env) foresee(ctx context.Context, r replayer, list []telling, asJSON bool) error {
	out := page[rehearsed]{Data: []rehearsed{}}
	had := map[exchange.ID]*exchange.Exchange{}
	for _, t := range list {
		found, err := r.about(ctx, t, had)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			out.Data = append(out.Data, t.nobody())
		}
		for _, f := range found {
			one, err := r.decide(ctx, t, f.ev, f.x)
			if err != nil {
				return err
			}
			out.Data = append(out.Data, one)
		}
	}
	if asJSON {
		return printJSON(e.stdout, out)
	}
	for _, one := range out.Data {
		e.printRehearsed(one)
	}
	_, err := fmt.Fprintln(e.stdout, "nothing was stored")
	return err
}

// told is an event as one exchange hears it.
type told struct {
	x  *exchange.Exchange
	ev exchange.Event
}

// about finds those who would hear it, as the inbox does. had keeps what they have become so far.
func (r *replayer) about(ctx context.Context, t telling, had map[exchange.ID]*exchange.Exchange) ([]told, error) {
	var out []told
	add := func(id exchange.ID, hint exchange.Target) error {
		if slices.ContainsFunc(out, func(f told) bool { return f.x.ID == id }) {
			return nil
		}
		if had[id] == nil {
			found, err := r.reads.Load(ctx, t.item.Conn, id)
			if err != nil {
				return fmt.Errorf("load %s: %w", id, err)
			}
			had[id] = &found[0]
		}
		ev := t.note.Event
		if hint != "" {
			ev.Hint = &exchange.Hint{Target: hint}
		}
		out = append(out, told{had[id], ev})
		return nil
	}
	if t.item.Exchange != "" {
		err := add(t.item.Exchange, "")
		return out, err
	}
	for _, a := range t.note.About {
		ids, err := r.reads.Find(ctx, t.item.Conn, a.Ref)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", a.Ref.Name, err)
		}
		for _, id := range ids {
			if err := add(id, a.Hint); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// nobody says what becomes of an event about which no exchange is known.
func (t telling) nobody() rehearsed {
	one := t.rehearsed()
	switch {
	case t.note.Create != nil:
		one.Note = "no exchange is known of it: it would ask for one"
	case t.note.Park != "":
		one.Note = "no exchange is known of it: it would wait for one"
	default:
		one.Note = "about nothing of ours: it would be ignored"
	}
	return one
}

func (t telling) rehearsed() rehearsed {
	return rehearsed{
		Event: t.of, Connection: t.item.Conn, Source: t.item.Source, Topic: t.item.Topic,
		Rules: []string{}, Effects: []wouldBe{}, Done: []wouldBe{}, Raised: []string{},
	}
}

// decide lets x hear ev, and x becomes what it would be.
func (r *replayer) decide(ctx context.Context, t telling, ev exchange.Event, x *exchange.Exchange) (rehearsed, error) {
	one := t.rehearsed()
	one.Exchange, one.From, one.To = x.ID, x.Stage, x.Stage
	var err error
	if one.Done, err = r.ledTo(ctx, t.of, *x); err != nil {
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
		one.Effects = append(one.Effects, wouldBe{ID: e.ID, Kind: e.Kind})
	}
	*x = next
	return one, nil
}

// ledTo are the effects that an event led to when x heard it first, and how they ended.
func (r *replayer) ledTo(ctx context.Context, of string, x exchange.Exchange) ([]wouldBe, error) {
	out := []wouldBe{}
	if of == "" {
		return out, nil
	}
	err := replay.Lines(ctx, r.reads, x, func(entry exchange.Entry) error {
		if entry.Event.ID != of {
			return nil
		}
		for _, e := range entry.Effects {
			if e.Kind == exchange.KindRead { // reads may be repeated without limit
				continue
			}
			was := wouldBe{ID: e.ID, Kind: e.Kind, Result: "asked for"}
			for _, m := range x.Facts.Movements {
				if m.Effect == e.ID {
					was.Result = string(m.Result)
				}
			}
			out = append(out, was)
		}
		return nil
	})
	return out, err
}

// nextNumber is what the inbox would give the next exchange of a Shopify order.
func (r *replayer) nextNumber(ctx context.Context, c exchange.Conn, order string) (int, error) {
	docs, err := r.reads.Docs(ctx, c, "sequences", order[:len(order)-1], 500)
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

func (e env) printRehearsed(one rehearsed) {
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
