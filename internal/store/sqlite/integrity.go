package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// FaultyError says what SQLite finds wrong with a file.
type FaultyError struct {
	Path  string
	Found []string
}

func (e *FaultyError) Error() string { return e.Path + " is damaged: " + strings.Join(e.Found, "; ") }

// Integrity lets SQLite look at every page of the file and at every index. It is one long read: the log grows
// by what is committed meanwhile.
//
// Errors: FaultyError.
func (e *Engine) Integrity(ctx context.Context) error {
	var found []string
	err := e.once(ctx, "PRAGMA integrity_check(10)", nil, func(rows *sql.Rows) error {
		var said string
		err := rows.Scan(&said)
		if said != "ok" {
			found = append(found, said)
		}
		return err
	})
	if isSQL(err) && broken(err) {
		found, err = append(found, err.Error()), nil
	}
	if err == nil && len(found) > 0 {
		err = &FaultyError{e.path, found}
	}
	return err
}
