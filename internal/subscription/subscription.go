// Package subscription keeps a shop's webhooks coming: Shopify drops a subscription whose deliveries failed eight times
// in a row, and says nothing. The owner of a connection looks every hour which ones are there, and makes anew what is
// missing. It also notices when the version of the API that we ask for is not served any more.
package subscription

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Shop is what Shopify is asked.
type Shop interface {
	// Subscriptions reads the topics whose webhooks are sent to uri.
	Subscriptions(ctx context.Context, uri string) ([]string, error)
	// Subscribe has the webhooks of a topic sent to uri. One that is there already is no error.
	Subscribe(ctx context.Context, topic, uri string) error
	// Served is the version of the API that answered last; empty before the first answer.
	Served() string
}

// Store is what this room needs of it.
type Store interface {
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
	Put(ctx context.Context, d store.Doc) error
}

// Options are what the workers of all connections share.
type Options struct {
	Store  Store
	Shops  func(c store.Conn) (Shop, error)
	Topics []string
	URL    string // under which the doors are reached from outside; empty: not known, and no subscription is kept
	Now    func() time.Time
	Log    zerolog.Logger
	Every  time.Duration
	Kept   func(c store.Conn, s State, made int) // hears of each look, for metrics; may be nil
}

// Worker keeps the subscriptions of one connection.
type Worker struct {
	Options
	Conn store.Conn
}

// New is the worker of c.
func New(o Options, c store.Conn) *Worker { return &Worker{Options: o, Conn: c} }

// State is what is known of a connection's subscriptions.
type State struct {
	Checked  time.Time `json:"checked,omitzero"`
	URI      string    `json:"uri,omitempty"` // where the webhooks go; empty: serve runs without --public-url
	Wanted   int       `json:"wanted"`
	There    int       `json:"there"`             // after the look
	Missing  []Missing `json:"missing,omitempty"` // that could not be made
	Made     uint64    `json:"made"`              // in all
	LastMade time.Time `json:"last_made,omitzero"`
	Trouble  string    `json:"trouble,omitempty"` // why the last look was broken off
	Asked    string    `json:"asked,omitempty"`   // the version of the API that we ask for
	Served   string    `json:"served,omitempty"`  // the one that answered last

	version uint64
}

// Missing is a topic that could not be subscribed to.
type Missing struct {
	Topic  string `json:"topic"`
	Reason string `json:"reason"`
}

const stateKey = "subscriptions"

// StateOf is the state of c, the zero State before the first look.
func StateOf(ctx context.Context, r connection.Reader, c store.Conn) (s State, err error) {
	found, err := r.Docs(ctx, c, connection.ShopBucket, "", 50)
	if err != nil {
		return s, fmt.Errorf("load the state of subscriptions: %w", err)
	}
	for _, d := range found {
		if d.Key != stateKey {
			continue
		}
		if err := json.Unmarshal(d.Body, &s); err != nil {
			return s, fmt.Errorf("read the state of subscriptions: %w", err)
		}
		s.version = d.Version
	}
	return s, nil
}

// FallenForward reports whether another version of the API answers than the one asked for: it has reached its end.
func (s *State) FallenForward() bool { return s.Served != "" && s.Served != s.Asked }

// Run looks every hour until ctx ends, and at once after a start with another public URL.
func (w *Worker) Run(ctx context.Context) error {
	for {
		wait := time.Duration(0)
		if s, err := StateOf(ctx, w.Store, w.Conn); err == nil && s.URI == w.uri() && !s.Checked.IsZero() {
			wait = min(max(s.Checked.Add(w.Every).Sub(w.Now()), 0), w.Every)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		if _, err := w.Pass(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("webhook subscriptions could not be kept; it will be tried again")
			if err := pause(ctx, min(w.Every, time.Minute)); err != nil { // where even the state could not be kept
				return err
			}
		}
	}
}

// uri is where the connection's webhooks go.
func (w *Worker) uri() string {
	if w.URL == "" {
		return ""
	}
	return w.URL + "/webhooks/shopify/" + string(w.Conn)
}

// Pass looks once, and makes what is missing. made counts what it made.
func (w *Worker) Pass(ctx context.Context) (made int, err error) {
	s, err := StateOf(ctx, w.Store, w.Conn)
	if err != nil {
		return 0, err
	}
	before := s
	shop, err := w.Shops(w.Conn)
	if err != nil {
		return 0, err
	}
	s.URI, s.Missing, s.Trouble = w.uri(), nil, ""
	if s.URI == "" {
		s.Wanted, s.There = 0, 0
	} else {
		made, err = w.keep(ctx, shop, &s)
	}
	now := w.Now().UTC()
	if s.Checked = now; made > 0 {
		s.Made += uint64(made)
		s.LastMade = now
	}
	if err != nil {
		s.Trouble = err.Error()
	}
	s.Asked, s.Served = connection.ShopifyVersion, shop.Served()
	w.report(before, s, made)
	if w.Kept != nil {
		w.Kept(w.Conn, s, made)
	}
	return made, errors.Join(err, w.save(ctx, s))
}

// keep makes the subscriptions that are not there. One that the shop refuses, since the app lacks a scope, is left out.
func (w *Worker) keep(ctx context.Context, shop Shop, s *State) (made int, err error) {
	have, err := shop.Subscriptions(ctx, s.URI)
	if err != nil {
		return 0, err
	}
	s.Wanted, s.There = len(w.Topics), 0
	for _, topic := range w.Topics {
		if slices.Contains(have, topic) {
			s.There++
			continue
		}
		err := shop.Subscribe(ctx, topic, s.URI)
		switch {
		case err == nil:
			made++
			s.There++
		case errors.Is(err, exchange.ErrRejected), errors.Is(err, exchange.ErrNotSent):
			s.Missing = append(s.Missing, Missing{topic, err.Error()})
		default: // nobody knows: the next look tells
			return made, err
		}
	}
	return made, nil
}

func (w *Worker) report(before, s State, made int) {
	line := func(e *zerolog.Event) *zerolog.Event { return e.Str("connection", string(w.Conn)) }
	first := before.Checked.IsZero() || before.URI != s.URI
	switch {
	case s.URI == "" && first:
		line(w.Log.Info()).Msg("webhook subscriptions are not kept: serve runs without --public-url")
	case made > 0 && first:
		line(w.Log.Info()).Int("made", made).Msg("webhook subscriptions made")
	case made > 0:
		line(w.Log.Warn()).Int("made", made).Msg("webhook subscriptions were gone, and were made anew: events may have been missed")
	}
	if len(s.Missing) > 0 && len(s.Missing) != len(before.Missing) {
		topics := make([]string, len(s.Missing))
		for i, m := range s.Missing {
			topics[i] = m.Topic
		}
		line(w.Log.Error()).Strs("topics", topics).Str("reason", s.Missing[0].Reason).Msg("webhook subscriptions are refused")
	}
	if s.FallenForward() && s.Served != before.Served {
		line(w.Log.Error()).Str("asked", s.Asked).Str("served", s.Served).Msg("the version of Shopify's API has reached its end: upgrade tradeback")
	}
}

func (w *Worker) save(ctx context.Context, s State) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	err = w.Store.Put(ctx, store.Doc{Conn: w.Conn, Bucket: connection.ShopBucket, Key: stateKey, Version: s.version, Body: body})
	if err != nil && !errors.Is(err, store.ErrConflict) { // else another owner has just looked
		return fmt.Errorf("keep the state of subscriptions: %w", err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
