// Package replay tells what was heard before once more: to the rules, by keeping it as new events, or to nobody, by
// rebuilding an exchange from its journal.
package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// shown is how many lines of a journal are given along with what they make.
const shown = 500

// Journal reads the lines of an exchange's journal.
type Journal interface {
	Journal(ctx context.Context, c store.Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error)
}

// Rebuilt is what its journal makes of an exchange.
type Rebuilt struct {
	Exchange    exchange.Exchange // as it was known at the time that was asked for
	Lines       []exchange.Entry  // until then, the first 500
	Read        int               // lines of the whole journal
	Broken      string            // why it cannot be folded to its end; empty: it can
	Differences []Difference      // between its end and what is stored
	Otherwise   []Otherwise       // where the rules of now decide another way; asked for alone
}

// Otherwise is a line of the journal over which the rules of now decide another way.
type Otherwise struct {
	Line exchange.Entry // as recorded
	Now  exchange.Entry // as it would be
	// Refused: the event would be refused now.
	Refused bool
}

// Rebuild folds the journal of stored from nothing, up to the version that is stored, and compares. A zero at is its
// end; with whatIf the rules of now decide over the facts of each line.
//
// Errors: store.ErrNotFound when nothing was known at that time.
func Rebuild(ctx context.Context, from Journal, stored exchange.Exchange, at time.Time, whatIf bool) (Rebuilt, error) {
	var out Rebuilt
	var x exchange.Exchange
	past := false // the time that was asked for
	err := Lines(ctx, from, stored, func(e exchange.Entry) error {
		if e.Version > stored.Version {
			return errEnough // committed since stored was read
		}
		if out.Read == 0 {
			x = exchange.Unfolded(stored.Connection, e)
		}
		before := x
		var err error
		if x, err = exchange.Fold(x, e); err != nil {
			return err
		}
		out.Read++
		if whatIf {
			out.compareRules(before, e)
		}
		past = past || !at.IsZero() && x.Updated.After(at)
		if past {
			return nil
		}
		out.Exchange = x
		if len(out.Lines) < shown {
			out.Lines = append(out.Lines, e)
		}
		return nil
	})
	var fault *exchange.FoldError
	switch {
	case errors.As(err, &fault):
		out.Broken = fault.Error()
	case err != nil && !errors.Is(err, errEnough):
		return out, err
	case x.Version < stored.Version:
		out.Broken = fmt.Sprintf("the journal of %s ends with line %d, the exchange is at version %d", stored.ID, x.Version, stored.Version)
	default:
		if out.Differences, err = differences(stored, x); err != nil {
			return out, err
		}
	}
	if out.Exchange.ID == "" && (out.Broken == "" || past) {
		return out, fmt.Errorf("%w: nothing was known of %s at %s", store.ErrNotFound, stored.ID, at.UTC().Format(time.RFC3339))
	}
	return out, nil
}

var errEnough = errors.New("enough")

// compareRules has the rules of now decide over a line. Reads are left out: they change nothing.
func (out *Rebuilt) compareRules(before exchange.Exchange, line exchange.Entry) {
	_, now, err := exchange.Step(before, line.Event)
	if err == nil && now.To == line.To && slices.Equal(now.Rules, line.Rules) && slices.Equal(Acts(now), Acts(line)) &&
		slices.Equal(now.Raised, line.Raised) && slices.Equal(now.Lowered, line.Lowered) {
		return
	}
	out.Otherwise = append(out.Otherwise, Otherwise{Line: line, Now: now, Refused: err != nil})
}

// Acts names what a line asked for, but for reads.
func Acts(e exchange.Entry) []string {
	acts := []string{}
	for _, f := range e.Effects {
		switch {
		case f.Kind == exchange.KindRead:
		case f.Withdraw:
			acts = append(acts, "withdraw "+string(f.ID))
		default:
			acts = append(acts, string(f.ID))
		}
	}
	return acts
}

// Lines visits every line of x's journal.
func Lines(ctx context.Context, from Journal, x exchange.Exchange, visit func(exchange.Entry) error) error {
	const page = 500
	for after := uint64(0); ; {
		entries, err := from.Journal(ctx, x.Connection, x.ID, after, page)
		if err != nil {
			return fmt.Errorf("read the journal of %s: %w", x.ID, err)
		}
		for _, e := range entries {
			if err := visit(e); err != nil {
				return err
			}
			after = e.Version
		}
		if len(entries) < page {
			return nil
		}
	}
}
