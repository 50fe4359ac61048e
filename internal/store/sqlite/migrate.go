package sqlite

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// VersionError says that the file has a newer schema than this tradeback knows.
type VersionError struct{ Has, Knows int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("written by a newer tradeback: its schema is %d, this one knows %d", e.Has, e.Knows)
}

// migrate brings the file to the newest schema, one transaction per step. Only the process that may serve
// does it: another one could be at work with the old schema.
func (e *Engine) migrate() (err error) {
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	has, err := e.w.schema()
	switch {
	case err != nil:
		return err
	case has > len(steps):
		return &VersionError{Has: has, Knows: len(steps)}
	case has == len(steps):
		return nil
	}
	if e.lock == nil {
		l, locked := lockFile(e.path)
		if locked != nil {
			return fmt.Errorf("its schema is %d and must become %d: %w", has, len(steps), locked)
		}
		defer func() { err = errors.Join(err, l.release()) }()
	}
	for _, f := range steps {
		if err := e.step(f.Name()); err != nil {
			return fmt.Errorf("migration %s: %w", f.Name(), err)
		}
	}
	return nil
}

// step carries out the migration of this name, "0001_begin.sql", unless it was carried out before.
func (e *Engine) step(name string) error {
	digits, _, _ := strings.Cut(name, "_")
	to, err := strconv.Atoi(digits)
	if err != nil {
		return err
	}
	text, err := migrations.ReadFile(path.Join("migrations", name))
	if err != nil {
		return err
	}
	return e.w.in(func() error {
		has, err := e.w.schema() // again: another process may have come first
		if err != nil || has >= to {
			return err
		}
		if err := e.w.script(string(text)); err != nil {
			return err
		}
		return e.w.script("PRAGMA user_version = " + strconv.Itoa(to))
	})
}
