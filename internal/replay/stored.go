package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Left is an event that is not told again, and why.
type Left struct {
	Event  string `json:"event"`
	Reason string `json:"reason"`
}

// Events are stored events by their ids.
//
// Errors: store.ErrNotFound when there is none of an id, *UnfitError when one cannot be told again.
func (r *Teller) Events(ctx context.Context, c exchange.Conn, ids []string) ([]Telling, error) {
	var list []Telling
	for _, id := range ids {
		found, _, err := r.Reads.Items(ctx, store.Query{Conn: c, IDs: []string{id}, Kinds: []store.Kind{store.Event}, Limit: 2})
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", id, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%w: there is no event %s", store.ErrNotFound, id)
		}
		t, err := r.stored(found[0])
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// Between are at most limit of the events that others told from since on and before until, by id, without those that
// were replays themselves; of all connections, or of c. What cannot be told again is left out and named. After is the
// cursor of what follows, empty at the end.
func (r *Teller) Between(ctx context.Context, c exchange.Conn, since, until time.Time, after string, limit int) (list []Telling, left []Left, next string, err error) {
	found, next, err := r.Reads.Items(ctx, store.Query{Conn: c, Kinds: []store.Kind{store.Event}, Since: since, After: after, Limit: limit})
	if err != nil {
		return nil, nil, "", fmt.Errorf("list events: %w", err)
	}
	for _, it := range found {
		switch it.State {
		case store.Waiting, store.Parked, store.Ignored: // they are told yet, or there is nothing to tell
			continue
		}
		if !it.Received.Before(until) || !slices.Contains(outside, it.Source) {
			continue
		}
		if len(it.Body) == 0 { // a list gives no body as received
			if found, _, err := r.Reads.Items(ctx, store.Query{Conn: it.Conn, IDs: []string{it.ID}, Limit: 1}); err != nil {
				return nil, nil, "", fmt.Errorf("find %s: %w", it.ID, err)
			} else if len(found) > 0 {
				it = found[0]
			}
		}
		t, err := r.stored(it)
		var no *UnfitError
		switch {
		case errors.As(err, &no):
			left = append(left, Left{it.ID, no.Reason})
		case err != nil:
			return nil, nil, "", err
		case !t.again:
			list = append(list, t)
		}
	}
	return list, left, next, nil
}

// stored is a stored event, to be told again.
func (r *Teller) stored(it store.Item) (Telling, error) {
	n, err := r.understood(it)
	if err != nil {
		return Telling{}, err
	}
	again := n.Event.Replay != ""
	var handled exchange.ID
	if it.State == store.Done {
		handled = it.Exchange
	}
	n, why := onceMore(n, handled)
	if why != "" {
		return Telling{}, unfit("%s: %s", it.ID, why)
	}
	at := it.Exchange
	if len(n.About) > 0 || n.Create != nil { // it finds its exchanges by itself, as the first time
		at = ""
	}
	t, err := r.telling(it.Conn, it.Source, it.ID, at, n)
	t.again = again
	return t, err
}

// understood is what a stored event tells. One that could not be read when it came is read anew.
func (r *Teller) understood(it store.Item) (n exchange.Notice, err error) {
	switch {
	case it.State == store.Waiting:
		return n, unfit("%s has not been taken yet: it waits for serve", it.ID)
	case len(it.Body) > 0:
		if err := json.Unmarshal(it.Body, &n); err != nil {
			return n, unfit("%s cannot be read as it is stored: %v", it.ID, err)
		}
		return n, nil
	case len(it.Raw) == 0:
		return n, unfit("nothing is left of %s to replay: bodies of ignored events are not kept", it.ID)
	}
	n, err = r.decode(it.Conn, it.Source, it.Topic, it.Raw)
	if err != nil && !settled(err) {
		err = unfit("%s still cannot be read: %v", it.ID, err)
	}
	return n, err
}

// Exchange is all that others told of an exchange, in the order it heard them, without what was a replay itself. What
// would count anew is left out.
//
// Errors: *UnfitError when nothing is left.
func (r *Teller) Exchange(ctx context.Context, x exchange.Exchange) (list []Telling, left []Left, err error) {
	err = Lines(ctx, r.Reads, x, func(e exchange.Entry) error {
		if !slices.Contains(outside, e.Event.Source) || e.Event.Replay != "" {
			return nil
		}
		n, why := onceMore(exchange.Notice{Event: e.Event, About: []exchange.About{{Ref: exchange.RefID(x.ID)}}}, x.ID)
		if why != "" {
			left = append(left, Left{e.Event.ID, why})
			return nil
		}
		t, err := r.telling(x.Connection, e.Event.Source, e.Event.ID, x.ID, n)
		list = append(list, t)
		return err
	})
	if err == nil && len(list) == 0 {
		err = unfit("nothing in the journal of %s came from outside and can be told again", x.ID)
	}
	return list, left, err
}
