package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// source is how requests of the API are marked as events.
const source = "api"

// glance is how often the store is asked by somebody who waits: another process's commits may go unheard.
const glance = 500 * time.Millisecond

// idempotencyKey reads the header: 1 to 255 visible characters, exactly once. Without one it is "".
func idempotencyKey(c *fiber.Ctx) (string, error) {
	said := c.Request().Header.PeekAll("Idempotency-Key")
	if len(said) == 0 {
		return "", nil
	}
	wrong := &InvalidError{Fields: []FieldError{{"Idempotency-Key", "must be 1 to 255 visible ASCII characters, and given once"}}}
	key := string(said[0])
	if len(said) > 1 || key == "" || len(key) > 255 {
		return "", wrong
	}
	for _, b := range []byte(key) {
		if b <= ' ' || b > '~' {
			return "", wrong
		}
	}
	return key, nil
}

// event is a request as it is kept: what was asked, by whom, under which key. content is what two requests
// under one key must have in common.
func (a *API) event(conn exchange.Conn, n exchange.Notice, key string, content any) (store.Item, error) {
	now := a.Now()
	it := store.Item{
		ID: a.IDs.Make("ev_", now), Conn: conn, Kind: store.Event, State: store.Waiting, Source: source,
		Topic: n.Event.Topic, Received: now, Due: now,
	}
	if key != "" {
		it.Dedupe = "api:" + key
	}
	raw, err := json.Marshal(content)
	if err != nil {
		return it, fmt.Errorf("encode request: %w", err)
	}
	sum := sha256.Sum256(raw)
	it.Raw, it.Digest = raw, hex.EncodeToString(sum[:])
	n.Event.ID, n.Event.At, n.Event.Source = it.ID, now, source
	if it.Body, err = json.Marshal(n); err != nil {
		return it, fmt.Errorf("encode notice %s: %w", it.ID, err)
	}
	return it, nil
}

// keep stores it and waits for its end. again says that it was kept before; then that one's end counts.
// An event that has not ended when the API's patience has is given as it stands.
//
// Errors: store.ErrMismatch when the key was used with another body; ErrNotKept.
func (a *API) keep(ctx context.Context, it store.Item) (ended store.Item, again bool, err error) {
	changed, stop := a.store.Watch(it.Conn)
	defer stop()
	var before *store.DuplicateError
	switch err := a.store.ReceiveStrict(ctx, it); {
	case errors.Is(err, store.ErrMismatch):
		return it, false, err
	case errors.As(err, &before):
		it.ID, again = before.ID, true
	case err != nil:
		return it, false, errors.Join(ErrNotKept, fmt.Errorf("keep event %s: %w", it.ID, err))
	}
	patience := time.NewTimer(a.Patience)
	defer patience.Stop()
	look := time.NewTicker(glance)
	defer look.Stop()
	for {
		found, err := a.item(ctx, it.Conn, it.ID)
		if again && errors.Is(err, ErrNotFound) { // it led to nothing, and is dropped after a day
			it.State, it.Reason = store.Ignored, "an earlier request with this key led to nothing"
			return it, again, nil
		}
		if err != nil {
			return it, again, err
		}
		if found.State != store.Waiting && found.State != store.Parked {
			return found, again, nil
		}
		select {
		case <-changed:
		case <-look.C:
		case <-patience.C:
			return found, again, nil
		case <-a.Done:
			return found, again, nil
		}
	}
}

// item reads an event. An empty conn looks in all of them.
//
// Errors: ErrNotFound.
func (a *API) item(ctx context.Context, conn exchange.Conn, id string) (store.Item, error) {
	found, _, err := a.store.Items(ctx, store.Query{Conn: conn, IDs: []string{id}, Kinds: []store.Kind{store.Event}, Limit: 1})
	if err != nil {
		return store.Item{}, fmt.Errorf("read event %s: %w", id, err)
	}
	if len(found) == 0 {
		return store.Item{}, ErrNotFound
	}
	return found[0], nil
}
