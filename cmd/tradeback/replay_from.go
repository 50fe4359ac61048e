package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/portal"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/store"
)

// outside are the sources of what others told us.
var outside = []string{"ongoing", "portal", "shopify", "api", "person"}

// events are stored events by their ids.
//
// Errors: exit status 3 when there is none of an id, 4 when one cannot be told again.
func (r *replayer) events(ctx context.Context, c exchange.Conn, ids []string) ([]telling, error) {
	var list []telling
	for _, id := range ids {
		it, err := findEvent(ctx, r.reads, c, id)
		if err != nil {
			return nil, err
		}
		n, err := r.understood(it)
		if err != nil {
			return nil, err
		}
		at := it.Exchange
		if len(n.About) > 0 || n.Create != nil { // it finds its exchanges by itself, as the first time
			at = ""
		}
		t, err := r.telling(it.Conn, it.Source, it.ID, at, n)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// understood is what a stored event tells. One that could not be read when it came is read anew.
func (r *replayer) understood(it store.Item) (n exchange.Notice, err error) {
	switch {
	case it.State == store.Waiting:
		return n, refused("%s has not been taken yet: it waits for serve", it.ID)
	case len(it.Body) > 0:
		if err := json.Unmarshal(it.Body, &n); err != nil {
			return n, refused("%s cannot be read as it is stored: %w", it.ID, err)
		}
		return n, nil
	case len(it.Raw) == 0:
		return n, refused("nothing is left of %s to replay: bodies of ignored events are not kept", it.ID)
	}
	if n, err = r.decode(it.Conn, it.Source, it.Topic, it.Raw); err != nil {
		return n, unreadable(it.ID, err)
	}
	return n, nil
}

// unreadable says why a body cannot be replayed; settings that are missing are a fault of another kind.
func unreadable(id string, err error) error {
	if exitStatus(err) != exitFailed {
		return err
	}
	return refused("%s still cannot be read: %w", id, err)
}

// decode reads a body as its door does.
func (r *replayer) decode(c exchange.Conn, source, topic string, body []byte) (n exchange.Notice, err error) {
	book, err := r.book()
	if err != nil {
		return n, err
	}
	conn, ok := book.Get(c)
	if !ok {
		return n, notFound("there is no connection %s that can be opened", c)
	}
	switch source {
	case "ongoing":
		n, _, err = ongoing.Decode(body, conn.Ongoing.GoodsOwnerID)
	case "portal":
		fields := connection.PortalFields(portal.DefaultFields)
		if conn.Portal != nil {
			fields = conn.Portal.Fields
		}
		n, _, err = portal.Decode(body, portal.Fields(fields))
	case "shopify":
		if topic == "" {
			return n, errors.New("a body of Shopify's does not say its topic")
		}
		n, err = shopify.Decode(topic, "", body)
	default:
		return n, fmt.Errorf("bodies come from ongoing, portal or shopify, not from %q", source)
	}
	n.Event.Source = source
	return n, err
}

// exchange is all that others told of an exchange.
func (r *replayer) exchange(ctx context.Context, c exchange.Conn, name string) ([]telling, error) {
	x, err := findExchange(ctx, r.reads, c, name)
	if err != nil {
		return nil, err
	}
	var list []telling
	err = replay.Lines(ctx, r.reads, x, func(entry exchange.Entry) error {
		ev := entry.Event
		if !slices.Contains(outside, ev.Source) {
			return nil
		}
		if ev.Kind == exchange.EventRequested {
			ev.Read = nil // our own read of the return: what others told is the request
		}
		of := ev.ID
		t, err := r.telling(x.Connection, ev.Source, of, x.ID, exchange.Notice{
			Event: ev, About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
		})
		list = append(list, t)
		return err
	})
	if err == nil && len(list) == 0 {
		err = refused("nothing in the journal of %s came from outside", x.ID)
	}
	return list, err
}
