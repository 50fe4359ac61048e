package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/tradeback/tradeback/internal/store"
)

// erase takes the raw bodies of items out of the file: what held them is overwritten, not only given up. The log holds
// them still, until Scrub.
func (r *round) erase(c store.Conn, ids []string) error {
	for _, id := range ids {
		if _, err := r.exec(`DELETE FROM raws WHERE item = (SELECT n FROM items WHERE connection = ? AND id = ?)`, string(c), id); err != nil {
			return err
		}
	}
	return nil
}

// hasty is patient for a scrub that waits for those who read: the doors wait with it.
const hasty = "busy_timeout(200)"

// Scrub brings the log into the file, whose deleted parts are overwritten, and empties it. Who reads what was there
// before, as a backup does, holds it up.
func (e *Engine) Scrub(ctx context.Context) error {
	return e.alone(ctx, func(w *writer) error {
		var held, pages, copied int64
		err := w.script("PRAGMA " + hasty) // none of the statements that are kept: SQLite sets a time when it prepares one
		if err == nil {
			_, err = w.row("PRAGMA wal_checkpoint(TRUNCATE)", nil, &held, &pages, &copied)
		}
		if err == nil {
			err = w.script("PRAGMA " + patient)
		}
		switch {
		case err != nil:
			e.drop()
			return fmt.Errorf("empty the log: %w", err)
		case held != 0:
			return errors.New("the log cannot be emptied while somebody reads what it replaces")
		}
		return nil
	})
}
