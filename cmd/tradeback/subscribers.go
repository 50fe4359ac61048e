package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/announce"
	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// subscribers is what the API asks: changes of subscribers in the store that serve has. serve's own book knows of them
// before the answer.
type subscribers struct {
	*serving
	client *http.Client
}

func (r subscribers) options() connection.Options {
	return connection.Options{AllowHosts: r.settings.AllowHosts}
}

// Add makes a subscriber.
func (r subscribers) Add(ctx context.Context, c exchange.Conn, s connection.Subscriber, who audit.Actor) (connection.Subscriber, string, error) {
	made, secret, err := connection.Subscribe(ctx, documents{r.store}, r.peers.seal, c, s, r.options(), who, r.now())
	return made, secret, r.learnt(ctx, err)
}

// Change changes a subscriber.
func (r subscribers) Change(ctx context.Context, c exchange.Conn, name string, url *connection.Secret, events []string, who audit.Actor) (connection.Subscriber, error) {
	got, err := connection.ChangeSubscriber(ctx, documents{r.store}, r.peers.seal, c, name, url, events, r.options(), who, r.now())
	return got, r.learnt(ctx, err)
}

// Rotate gives a subscriber a new secret.
func (r subscribers) Rotate(ctx context.Context, c exchange.Conn, name string, keep time.Duration, who audit.Actor) (connection.Subscriber, string, error) {
	got, secret, err := connection.RotateSubscriber(ctx, documents{r.store}, r.peers.seal, c, name, keep, who, r.now())
	return got, secret, r.learnt(ctx, err)
}

// Remove removes a subscriber.
func (r subscribers) Remove(ctx context.Context, c exchange.Conn, name string, who audit.Actor) error {
	return r.learnt(ctx, connection.Unsubscribe(ctx, documents{r.store}, r.peers.seal, c, name, who, r.now()))
}

// Try sends a subscriber a message that tells nothing.
func (r subscribers) Try(ctx context.Context, c exchange.Conn, name string) (refused string, err error) {
	all := r.subscribers(c)
	i := slices.IndexFunc(all, func(s connection.Subscriber) bool { return s.Name == name })
	if i < 0 {
		return "", store.ErrNotFound
	}
	if err := announce.Test(ctx, r.client, all[i], c, r.ids.Make("msg_", r.now()), r.now()); err != nil {
		return err.Error(), ctx.Err()
	}
	return "", nil
}

// learnt lets the book know what was written. What of it cannot be opened was told when it was first seen.
func (r subscribers) learnt(ctx context.Context, err error) error {
	if err == nil {
		_ = r.book.Load(ctx, r.store) // it is read each second anyway
	}
	return err
}
