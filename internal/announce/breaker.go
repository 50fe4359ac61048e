package announce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Breaker is how the breaker of a lane stands.
type Breaker struct {
	Peer exchange.PeerName
	Open bool
	Why  string // it is open
}

// breaker is what a message about one says.
type breaker struct {
	Connection exchange.Conn     `json:"connection"`
	Peer       exchange.PeerName `json:"peer"`
	Why        string            `json:"reason,omitempty"`
}

// breakers is how the types of such messages begin.
const breakers = "breaker."

func (b breaker) line(news string) string {
	if news == connection.BreakerClosed {
		return fmt.Sprintf("%s: connection %s calls %s again", news, b.Connection, b.Peer)
	}
	return fmt.Sprintf("%s: connection %s does not call %s any more: %s (tradeback doctor --connection %s)", news, b.Connection, b.Peer, b.Why, b.Connection)
}

// toldBucket holds, by peer, what subscribers were told of its breaker last.
const toldBucket = "breakers_told"

// told is such a document.
type told struct {
	Open bool `json:"open"`
}

// Watch tells subscribers when a breaker of a connection opens, and when it closes again: once each, for as long as
// its fence is the lease's.
type Watch struct {
	Options
	Docs func(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
	// Breakers are those of a connection, as they are kept in the store.
	Breakers func(ctx context.Context, c store.Conn) ([]Breaker, error)
	// Settle is how long one must have been open: until the calls are over that were under way when it opened, since
	// one of them may close it.
	Settle time.Duration
	Conn   store.Conn
	Fence  uint64

	since map[exchange.PeerName]time.Time // it was first seen open
}

// looks is how often the breakers are looked at.
const looks = 5 * time.Second

// Run watches until ctx ends or the connection has another owner (store.ErrFenced).
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(looks)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		_, err := w.Pass(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrFenced):
			return store.ErrFenced
		case err != nil:
			w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("whether a breaker opened could not be told; it will be tried again")
		}
	}
}

// Pass tells what is new now, and says how many breakers that were.
func (w *Watch) Pass(ctx context.Context) (n int, err error) {
	var wanting []connection.Subscriber
	for _, s := range w.Subscribers(w.Conn) {
		if s.Wants(connection.BreakerOpened) || s.Wants(connection.BreakerClosed) {
			wanting = append(wanting, s)
		}
	}
	if len(wanting) == 0 {
		return 0, nil
	}
	all, err := w.Breakers(ctx, w.Conn)
	if err != nil {
		return 0, err
	}
	docs, err := w.Docs(ctx, w.Conn, toldBucket, "", 50) // one for each peer
	if err != nil {
		return 0, err
	}
	for _, b := range all {
		doc, was := store.Doc{Conn: w.Conn, Bucket: toldBucket, Key: string(b.Peer)}, told{}
		for _, d := range docs {
			if d.Key == doc.Key {
				doc = d
				if err := json.Unmarshal(d.Body, &was); err != nil {
					return n, fmt.Errorf("decode what was told of %s: %w", b.Peer, err)
				}
			}
		}
		if !w.settled(b) || b.Open == was.Open {
			continue
		}
		if err := w.tell(ctx, b, doc, wanting); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// settled reports whether a breaker stands as it does for good, as far as calls under way go.
func (w *Watch) settled(b Breaker) bool {
	if w.since == nil {
		w.since = map[exchange.PeerName]time.Time{}
	}
	if !b.Open {
		delete(w.since, b.Peer)
		return true
	}
	first, seen := w.since[b.Peer]
	if !seen {
		first = w.Now()
		w.since[b.Peer] = first
	}
	return w.Now().Sub(first) >= w.Settle
}

// tell keeps what is to be sent, in one commit with the note that it was told.
func (w *Watch) tell(ctx context.Context, b Breaker, doc store.Doc, wanting []connection.Subscriber) error {
	news, now := connection.BreakerClosed, w.Now()
	if b.Open {
		news = connection.BreakerOpened
	}
	body, err := about(news, now.UTC(), breaker{w.Conn, b.Peer, b.Why})
	if err != nil {
		return err
	}
	step := store.Step{Conn: w.Conn, Fence: w.Fence}
	for _, s := range wanting {
		if s.Wants(news) {
			step.Items = append(step.Items, store.Item{
				ID:   fmt.Sprintf("msg_breaker_%s_%s_%d/%s", w.Conn, b.Peer, doc.Version+1, s.Name), // a version is never had twice
				Conn: w.Conn, Kind: store.Announcement, State: store.Waiting, Ref: s.Name, Topic: news, Received: now, Due: now, Body: body,
			})
		}
	}
	if doc.Body, err = json.Marshal(told{b.Open}); err != nil {
		return err
	}
	step.Docs = []store.Doc{doc}
	return w.Store.Commit(ctx, step)
}
