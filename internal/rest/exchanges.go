package rest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// maxTimeline is how many entries of its journal an exchange shows. The rest are read page by page.
const maxTimeline = 500

// page is one page of a list. Next is the cursor of the one after it, empty at the end.
type page[T any] struct {
	Data []T    `json:"data"`
	Next string `json:"next"`
}

// listExchanges handles GET /v1/exchanges, the newest first; of those that wait, the oldest. Timelines are left out.
func (a *API) listExchanges(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "connection", "stage", "waiting", "instant", "raised", "q", "since", "limit", "after")
	q := store.Query{
		Conn: f.connection(), Stages: f.stages("stage"), Instant: f.truth("instant"), Raised: f.truth("raised"),
		Text: f.text("q"), Since: f.time("since"), Limit: f.limit(), After: f.text("after"), Newest: true,
	}
	if waiting := f.truth("waiting"); waiting != nil {
		q.Newest = !*waiting
		if q.Stages = exchange.StagesThat(*waiting, q.Stages); len(q.Stages) == 0 {
			f.fault("waiting", "leaves none of the stages that are asked for")
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	found, next, err := a.store.Exchanges(c.UserContext(), q)
	if err != nil {
		return listing(err, "list exchanges")
	}
	out := page[Exchange]{Data: make([]Exchange, 0, len(found)), Next: next}
	for i := range found {
		out.Data = append(out.Data, View(&found[i], nil))
	}
	return c.JSON(out)
}

// showExchange handles GET /v1/exchanges/{id}.
func (a *API) showExchange(c *fiber.Ctx, _ connection.Key) error {
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	return a.show(c, x)
}

// show answers with x and its timeline.
func (a *API) show(c *fiber.Ctx, x *exchange.Exchange) error {
	entries, err := a.store.Journal(c.UserContext(), x.Connection, x.ID, 0, maxTimeline)
	if err != nil {
		return fmt.Errorf("read the journal of %s: %w", x.ID, err)
	}
	return c.JSON(View(x, entries))
}

// listTimeline handles GET /v1/exchanges/{id}/events: the journal, the oldest first.
func (a *API) listTimeline(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "limit", "after")
	limit, after := store.Page(f.limit()), f.count("after")
	if err := f.err(); err != nil {
		return err
	}
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	entries, err := a.store.Journal(c.UserContext(), x.Connection, x.ID, after, limit)
	if err != nil {
		return fmt.Errorf("read the journal of %s: %w", x.ID, err)
	}
	out := page[Moment]{Data: moments(entries)}
	if len(entries) == limit {
		out.Next = strconv.FormatUint(entries[limit-1].Version, 10)
	}
	return c.JSON(out)
}

// exchange finds the one that the path names, in whichever connection it is.
//
// Errors: ErrNotFound.
func (a *API) exchange(c *fiber.Ctx) (*exchange.Exchange, error) {
	return a.named(c.UserContext(), exchange.ID(strings.Clone(c.Params("id"))))
}

// named finds the exchange of this id.
//
// Errors: ErrNotFound.
func (a *API) named(ctx context.Context, id exchange.ID) (*exchange.Exchange, error) {
	for q := (store.Query{Text: string(id)}); ; {
		found, next, err := a.store.Exchanges(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", id, err)
		}
		for i := range found {
			if found[i].ID == id {
				return &found[i], nil
			}
		}
		if next == "" {
			return nil, ErrNotFound
		}
		q.After = next
	}
}
