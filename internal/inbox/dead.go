package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// risen is a dead act that a person has tried again, its schedule beginning anew, or has given up.
func risen(have *store.Item, ask exchange.Effect, at time.Time) (store.Item, bool, error) {
	if have == nil || have.State != store.Dead {
		return store.Item{}, false, nil
	}
	it := *have
	if ask.Discard {
		it.State, it.Reason = store.Dropped, ""
		return it, true, nil
	}
	var e exchange.Effect
	if err := json.Unmarshal(it.Body, &e); err != nil {
		return it, false, fmt.Errorf("try %s again: %w", it.ID, err)
	}
	e.Due = at
	var err error
	it.Body, err = json.Marshal(e)
	it.State, it.Due, it.Reason = store.Waiting, at, ""
	return it, true, err
}

// raise lets a dead event be taken again, or ends it, in the commit that ends it, the person's word on it.
func (w *Worker) raise(ctx context.Context, it store.Item, note exchange.Notice) error {
	found, err := w.reload(ctx, note.Item)
	if err != nil {
		return fmt.Errorf("reload %s: %w", note.Item, err)
	}
	if found.State != store.Dead || found.Kind == store.Effect {
		return w.end(ctx, it, store.Done, "it is not dead any more: "+note.Item)
	}
	ask := note.Event.Dead
	if ask != nil && ask.Discard {
		found.State, found.Reason = store.Done, "given up by "+note.Event.Actor+": "+found.Reason
	} else {
		found.State, found.Due, found.Attempt, found.Reason = store.Waiting, w.Now(), 0, ""
	}
	it.State, it.Exchange, it.Reason = store.Done, found.Exchange, "about "+found.ID
	return w.commit(ctx, store.Step{Items: []store.Item{found, it}})
}
