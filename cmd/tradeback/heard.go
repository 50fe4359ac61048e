package main

import (
	"context"
	"errors"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/webhooks"
)

// heardStep is how exactly it is noted when a sender was last heard. A first time is noted at once.
const heardStep = time.Minute

// hearing notes in the store when connections' senders were heard, so that it is known after a restart and by the
// commands beside serve; and ends a webhook token whose successor is in use.
type hearing struct {
	*serving
	seen  func(exchange.Conn) webhooks.Seen
	noted map[exchange.Conn]connection.Heard
}

// Run looks every second, until ctx ends.
func (h *hearing) Run(ctx context.Context) error {
	h.noted = map[exchange.Conn]connection.Heard{}
	return every(ctx, time.Second, func() {
		for _, c := range h.book.All() {
			if err := h.note(ctx, c); err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
				h.log.Warn().Err(err).Str("connection", string(c.Name)).Msg("what was heard could not be noted; it will be tried again")
			}
		}
	})
}

func (h *hearing) note(ctx context.Context, c connection.Connection) (err error) {
	had, known := h.noted[c.Name]
	if !known {
		if had, err = connection.HeardOf(ctx, h.store, c.Name); err != nil {
			return err
		}
		h.noted[c.Name] = had
	}
	if heard := heardNow(h.seen(c.Name), c); had.News(heard, heardStep) {
		if had, err = connection.NoteHeard(ctx, documents{h.store}, c, heard); err != nil {
			delete(h.noted, c.Name) // another replica may have noted it
			return err
		}
		h.noted[c.Name] = had
	}
	for id, use := range had.Tokens {
		if !c.Ongoing.WebhookTokens.Succeeds(id, use.First) {
			continue
		}
		done, err := connection.Succeed(ctx, documents{h.store}, h.peers.seal, c.Name, id, use.First)
		if err != nil {
			return err
		}
		if done {
			h.log.Info().Str("connection", string(c.Name)).Msg("the new webhook token is in use; the older one ends soon")
		}
	}
	return nil
}

// heardNow is what the doors saw of c and of the tokens that it has.
func heardNow(seen webhooks.Seen, c connection.Connection) connection.Heard {
	heard := connection.Heard{Doors: map[string]time.Time{}, Tokens: map[string]connection.Use{}}
	for door, at := range seen.Doors {
		if !at.IsZero() {
			heard.Doors[door] = at
		}
	}
	for _, t := range c.Ongoing.WebhookTokens.Slots() {
		if at, used := seen.Tokens[t.ID()]; used {
			heard.Tokens[t.ID()] = connection.Use{First: at, Last: at}
		}
	}
	return heard
}
