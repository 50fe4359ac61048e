package webhooks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/store"
)

// foreignKept is how many bodies of other goods owners a connection keeps. The rest are counted only.
const foreignKept = 10

// keep decodes a verified delivery and keeps it. result is one of Results; an error of another goods
// owner's body, or of one that cannot be read, says under which id it is kept, unless the door is polite.
func (d *Doors) keep(c *fiber.Ctx, door *door, conn *connection.Connection, heard *seen, now time.Time) (id, result string, err error) {
	ctx, cancel := context.WithTimeout(c.UserContext(), d.Patience)
	defer cancel()

	raw := bytes.Clone(c.BodyRaw()) // fiber uses its buffer again
	digest := sha256.Sum256(raw)
	it := store.Item{
		ID: d.IDs.Make("ev_", now), Conn: conn.Name, Kind: store.Event, State: store.Waiting,
		Source: door.source, Received: now, Due: now, Raw: raw, Digest: hex.EncodeToString(digest[:]),
	}
	m, err := door.read(c, conn, raw)
	var other *ongoing.WrongGoodsOwnerError
	switch {
	case errors.As(err, &other):
		return d.keepForeign(ctx, it, heard)
	case err != nil:
		return d.quarantine(ctx, it, err.Error(), door.polite)
	}
	ev := &m.notice.Event
	ev.ID, ev.At, ev.Source, ev.Topic = it.ID, now, door.source, short(ev.Topic) // a name of the sender's own
	if ev.Portal != nil && ev.Portal.At.IsZero() {
		ev.Portal.At = now
	}
	if it.Body, err = json.Marshal(m.notice); err != nil {
		return "", unavailable, fmt.Errorf("encode notice %s: %w", it.ID, err)
	}
	it.Topic = ev.Topic
	if door.numbers {
		it.About = names(m.notice)
	}
	if m.dedupe != "" {
		it.Dedupe = door.source + ":" + m.dedupe
	}
	id, again, err := receive(ctx, d.store.Receive, it)
	return id, outcome(kept, again, err), err
}

// names are those of the refs that the message is about; none, if it waits for a ref, or asks for an exchange.
func names(n exchange.Notice) []string {
	if n.Park != "" || n.Create != nil {
		return nil
	}
	var out []string
	for _, a := range n.About {
		out = append(out, a.Ref.Name)
	}
	return out
}

// quarantine keeps what cannot be read, once however often it is sent.
func (d *Doors) quarantine(ctx context.Context, it store.Item, reason string, polite bool) (id, result string, err error) {
	it.State, it.Reason, it.Dedupe = store.Quarantined, short(reason), "unreadable:"+it.Source+":"+it.Digest
	id, _, err = receive(ctx, d.store.Receive, it)
	if err == nil && !polite {
		err = &UnreadableError{ID: id, Reason: it.Reason}
		return id, quarantined, err
	}
	return id, outcome(quarantined, false, err), err
}

// keepForeign keeps the first bodies of other goods owners. Each has one of a few dedupe keys, so that
// the bound holds across restarts.
func (d *Doors) keepForeign(ctx context.Context, it store.Item, heard *seen) (id, result string, err error) {
	it.State, it.Reason = store.Quarantined, "names another goods owner"
	for n := heard.foreign.Load(); n < foreignKept; n = heard.foreign.Load() {
		it.Dedupe = "foreign:" + strconv.FormatInt(n, 10)
		id, _, err = receive(ctx, d.store.ReceiveStrict, it)
		if !errors.Is(err, store.ErrMismatch) {
			if err == nil {
				err = &UnreadableError{ID: id, Reason: it.Reason}
				return id, foreign, err
			}
			return "", unavailable, err
		}
		heard.foreign.CompareAndSwap(n, n+1) // another body has this place
	}
	return "", foreign, &UnreadableError{Reason: it.Reason}
}

// receive keeps it by put and gives the id under which it is kept; again says that it was before.
// Errors: store.ErrMismatch as it is, everything else as ErrNotKept.
func receive(ctx context.Context, put func(context.Context, store.Item) error, it store.Item) (id string, again bool, err error) {
	var before *store.DuplicateError
	err = put(ctx, it)
	switch {
	case err == nil:
		return it.ID, false, nil
	case errors.Is(err, store.ErrMismatch):
		return "", false, err
	case errors.As(err, &before):
		return before.ID, true, nil
	case errors.Is(err, store.ErrDuplicate):
		return it.ID, true, nil
	default:
		return "", false, errors.Join(ErrNotKept, fmt.Errorf("keep event %s: %w", it.ID, err))
	}
}

// outcome is the result of a delivery that was to end well.
func outcome(well string, again bool, err error) string {
	switch {
	case err != nil:
		return unavailable
	case again:
		return duplicate
	default:
		return well
	}
}

// short cuts a text to one line that fits a table.
func short(text string) string {
	const most = 160
	line := []rune(text)
	for i, r := range line {
		if r < ' ' {
			line[i] = ' '
		}
	}
	if len(line) > most {
		line = append(line[:most-1], '…')
	}
	return string(line)
}
