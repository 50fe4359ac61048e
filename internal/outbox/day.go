package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// movedBucket holds a document for each UTC day of a connection in which money acts were begun that have a limit of the
// day. It and the sums in it are written with the intent, in one commit: an act counts once, however often it is tried.
const movedBucket = "moved"

// moved is what was begun in a currency, minor units. What was refused later counts too: nothing is moved beyond the limit.
type moved struct {
	Taken int64 `json:"taken,omitempty"`
	Given int64 `json:"given,omitempty"`
}

// room is what an act is held to.
type room struct {
	most    int64 // of its currency and direction, in a day; 0: no limit
	through bool  // by a person's word: it counts, and is not held up
}

// begin commits the intent of an attempt. Where the first attempt at a money act has no room in the day, nothing is
// committed, and full says why.
func (w *Worker) begin(ctx context.Context, it store.Item, e exchange.Effect, r room) (full string, err error) {
	m := e.Moves()
	if it.Attempt > 1 || m.Minor == 0 || r.most == 0 {
		return "", w.commit(ctx, it)
	}
	w.today.Lock()
	defer w.today.Unlock()
	docs, sums, err := w.day(ctx)
	if err != nil {
		return "", err
	}
	sum := sums[m.Currency]
	part, what := &sum.Taken, "taken"
	if m.Minor < 0 {
		part, what, m.Minor = &sum.Given, "given back", -m.Minor
	}
	was := exchange.Money{Minor: *part, Currency: m.Currency}
	most := exchange.Money{Minor: r.most, Currency: m.Currency}
	now, err := was.Plus(m)
	if err != nil || now.Minor > most.Minor && !r.through {
		return fmt.Sprintf("the limit of the day: %s more than the %s that were %s since 00:00 UTC would be above %s", m, was, what, most), nil
	}
	*part = now.Minor
	sums[m.Currency] = sum
	if docs[0].Body, err = json.Marshal(sums); err != nil {
		return "", fmt.Errorf("encode what was moved: %w", err)
	}
	if err := w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Items: []store.Item{it}, Docs: docs}); err != nil {
		return "", fmt.Errorf("keep %s: %w", it.ID, err)
	}
	return "", nil
}

// day is the document of today, and what it says. Behind it come those that are older than yesterday's, to be deleted:
// another process's clock may still show yesterday.
func (w *Worker) day(ctx context.Context) (docs []store.Doc, sums map[string]moved, err error) {
	found, err := w.Store.Docs(ctx, w.Conn, movedBucket, "", 0)
	if err != nil {
		return nil, nil, fmt.Errorf("read what was moved: %w", err)
	}
	now := w.Now().UTC()
	today, yesterday := now.Format(time.DateOnly), now.AddDate(0, 0, -1).Format(time.DateOnly)
	docs = []store.Doc{{Conn: w.Conn, Bucket: movedBucket, Key: today}}
	sums = map[string]moved{}
	for _, d := range found {
		switch {
		case d.Key == today:
			docs[0].Version = d.Version
			if err := json.Unmarshal(d.Body, &sums); err != nil {
				return nil, nil, fmt.Errorf("read what was moved: %w", err)
			}
		case d.Key < yesterday:
			d.Body = nil
			docs = append(docs, d)
		}
	}
	return docs, sums, nil
}

// putOff keeps an act that has no room today for tomorrow; its schedule begins then.
func (w *Worker) putOff(ctx context.Context, it store.Item, why string) error {
	it.Due, it.Reason = w.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1), why
	if err := amend(&it, func(stored *exchange.Effect) { stored.Due = it.Due }); err != nil {
		return err
	}
	w.Log.Warn().Str("exchange", string(it.Exchange)).Str("effect", it.ID).Time("next", it.Due).Msg("a money act has no room in the day")
	return w.later(ctx, it)
}
