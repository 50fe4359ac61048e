package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Dead is a dead letter as the API and the command line show it: an event or an act that only a person can move.
type Dead struct {
	ID         string        `json:"id"`
	Kind       store.Kind    `json:"kind"` // event, effect, announcement
	Connection exchange.Conn `json:"connection"`
	Class      string        `json:"class"` // those of one class have the same kind of fault
	Topic      string        `json:"topic"` // the sender's name for an event, the kind of an act
	Exchange   exchange.ID   `json:"exchange,omitempty"`
	Received   time.Time     `json:"received_at"`
	Attempt    int           `json:"attempt"`
	Reason     string        `json:"reason"`
}

// DeadView is a dead item as it reads back.
func DeadView(it store.Item) Dead {
	return Dead{
		ID: it.ID, Kind: it.Kind, Connection: it.Conn, Class: DeadClass(it), Topic: it.Topic, Exchange: it.Exchange,
		Received: it.Received, Attempt: it.Attempt, Reason: it.Reason,
	}
}

// DeadClass tells dead letters apart by what went wrong: "capture/gave_up", "capture/ambiguous", "event/panicked".
// It is one of DeadClasses.
func DeadClass(it store.Item) string {
	if it.Kind == store.Effect {
		code, _, ok := strings.Cut(it.Reason, ": ")
		if !ok || !slices.Contains(deadCodes, code) {
			code = "unreadable"
		}
		return it.Topic + "/" + code
	}
	if it.Kind == store.Announcement {
		code, _, _ := strings.Cut(it.Reason, ": ")
		return "announcement/" + code
	}
	switch {
	case strings.Contains(it.Reason, "panicked"):
		return "event/panicked"
	case it.Reason == store.ParkedTooLong, it.Reason == store.TooManyParked:
		return "event/parked"
	case strings.Contains(it.Reason, " belongs to "):
		return "event/claimed"
	case strings.Contains(it.Reason, "cannot be read"):
		return "event/unreadable"
	default:
		return "event/failed"
	}
}

// deadCodes are why an act may be dead.
var deadCodes = []string{"gave_up", exchange.CodeAmbiguous, "unreadable"}

// DeadClasses lists every class.
func DeadClasses() []string {
	all := []string{"event/panicked", "event/parked", "event/claimed", "event/unreadable", "event/failed", "announcement/gave_up", "announcement/gone", string(exchange.KindRead) + "/unreadable"}
	for _, a := range exchange.Acts() {
		for _, code := range deadCodes {
			all = append(all, string(a.Kind)+"/"+code)
		}
	}
	return all
}

// DeadNotice is the event by which somebody has a dead item tried again or, with discard, gives it up.
func DeadNotice(it store.Item, discard bool, reason string) exchange.Notice {
	ask := &exchange.DeadAsk{Discard: discard, Reason: reason}
	topic := "dead.retry"
	if discard {
		topic = "dead.discard"
	}
	n := exchange.Notice{Event: exchange.Event{Kind: exchange.EventDead, Topic: topic, Dead: ask}}
	if it.Kind == store.Effect {
		ask.Effect = exchange.EffectID(it.ID)
		n.About = []exchange.About{{Ref: exchange.RefID(it.Exchange)}}
		return n
	}
	n.Item = it.ID
	return n
}

// DeadKey is the dedupe key of that event: asked for again while the item is as it was, it is kept once.
func DeadKey(it store.Item) string { return fmt.Sprintf("dead:%s:%d", it.ID, it.Version) }

// listDead handles GET /v1/dead, the newest first.
func (a *API) listDead(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "connection", "exchange", "since", "limit", "after")
	q := store.Query{
		Conn: f.connection(), Kinds: []store.Kind{store.Event, store.Effect, store.Announcement}, States: []store.State{store.Dead},
		Exchange: exchange.ID(f.text("exchange")), Since: f.time("since"), Limit: f.limit(), After: f.text("after"), Newest: true,
	}
	if err := f.err(); err != nil {
		return err
	}
	found, next, err := a.store.Items(c.UserContext(), q)
	if err != nil {
		return listing(err, "list dead letters")
	}
	out := page[Dead]{Data: make([]Dead, 0, len(found)), Next: next}
	for _, it := range found {
		out.Data = append(out.Data, DeadView(it))
	}
	return c.JSON(out)
}

// deadInput names dead letters of a connection.
type deadInput struct {
	Connection string   `json:"connection" validate:"required,max=40"`
	IDs        []string `json:"ids" validate:"required,min=1,max=500,dive,min=1,max=300"`
	Reason     string   `json:"reason" validate:"required,max=200,text"`
}

// moved is a dead letter and the event by which it is moved.
type moved struct {
	ID    string `json:"id"`
	Event string `json:"event"`
}

// retryDead handles POST /v1/dead/retry, discardDead POST /v1/dead/discard: 200 with the events that carry it out.
func (a *API) retryDead(c *fiber.Ctx, key connection.Key) error { return a.moveDead(c, key, false) }

func (a *API) discardDead(c *fiber.Ctx, key connection.Key) error { return a.moveDead(c, key, true) }

func (a *API) moveDead(c *fiber.Ctx, key connection.Key, discard bool) error {
	var in deadInput
	if err := decode(c, &in); err != nil {
		return err
	}
	found, _, err := a.store.Items(c.UserContext(), store.Query{Conn: exchange.Conn(in.Connection), IDs: in.IDs, Limit: len(in.IDs)})
	if err != nil {
		return fmt.Errorf("find dead letters: %w", err)
	}
	byID := map[string]store.Item{}
	for _, it := range found {
		byID[it.ID] = it
	}
	var wrong []FieldError
	for i, id := range in.IDs {
		if byID[id].State != store.Dead {
			wrong = append(wrong, FieldError{fmt.Sprintf("ids[%d]", i), "is no dead letter of this connection"})
		}
	}
	if len(wrong) > 0 {
		return &InvalidError{Fields: wrong}
	}
	out := page[moved]{Data: make([]moved, 0, len(in.IDs))}
	for _, id := range in.IDs {
		event, err := a.keepDead(c, key, byID[id], discard, in.Reason)
		if err != nil {
			return err
		}
		out.Data = append(out.Data, moved{id, event})
	}
	return c.JSON(out)
}

// keepDead keeps the event that moves a dead letter, and gives its id. Asked for before, it is that one's.
func (a *API) keepDead(c *fiber.Ctx, key connection.Key, it store.Item, discard bool, reason string) (string, error) {
	now := a.Now()
	ev := store.Item{
		ID: a.IDs.Make("ev_", now), Conn: it.Conn, Kind: store.Event, State: store.Waiting, Source: source,
		Received: now, Due: now, Dedupe: DeadKey(it),
	}
	n := DeadNotice(it, discard, reason)
	n.Event.ID, n.Event.At, n.Event.Source, n.Event.Actor = ev.ID, now, source, key.Name
	ev.Topic = n.Event.Topic
	var err error
	if ev.Body, err = json.Marshal(n); err != nil {
		return "", fmt.Errorf("encode notice %s: %w", ev.ID, err)
	}
	var before *store.DuplicateError
	switch err := a.store.Receive(c.UserContext(), audit.OnDead(ev, actor(key), it, discard)); {
	case errors.As(err, &before):
		return before.ID, nil
	case err != nil:
		return "", errors.Join(ErrNotKept, fmt.Errorf("keep event %s: %w", ev.ID, err))
	}
	return ev.ID, nil
}
