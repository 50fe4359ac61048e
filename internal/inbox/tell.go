package inbox

import (
	"context"
	"errors"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Tell decides for an exchange at once what an effect of its own has found out, in the commit that ends the effect.
// ended is the effect's item as it is to be stored; without an id there is none to end. told is false when nothing
// was done, because the event is not a plain one or somebody else was faster: then it must be stored, and comes
// through the inbox as any other.
//
// Errors: those of a commit but store.ErrConflict.
func (w *Worker) Tell(ctx context.Context, id exchange.ID, ev exchange.Event, ended store.Item) (told bool, err error) {
	defer func() {
		if recover() != nil { // the inbox knows how often an event may do that
			told, err = false, nil
		}
	}()
	defer w.turns.enter(id)()
	x, err := w.load(ctx, id)
	if err != nil {
		return false, nil // the inbox will find out what is wrong
	}
	step, err := w.step(ctx, x, ev)
	if err != nil {
		return false, nil
	}
	asked := slices.ContainsFunc(step.Items, func(it store.Item) bool { return it.ID == ended.ID })
	if ended.ID != "" && !asked { // a read that is asked for anew goes on
		step.Items = append(step.Items, ended)
	}
	switch err = w.move(ctx, x, step); {
	case errors.Is(err, store.ErrConflict):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}
