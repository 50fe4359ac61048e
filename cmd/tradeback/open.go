package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// withStore loads the settings, and lets do use the store that they name, as useStore.
//
// Errors: config.Faults; those of useStore.
func (e env) withStore(ctx context.Context, c *config.Process, create bool, do func(*sqlite.Engine) error) error {
	if err := c.Load(e.getenv); err != nil {
		return err
	}
	return e.useStore(ctx, c, create, do)
}

// useStore lets do use the store beside the process that serves it. The store is made if create says so.
//
// Errors: what do returns; exit status 3 when there is no store.
func (e env) useStore(ctx context.Context, c *config.Process, create bool, do func(*sqlite.Engine) error) (err error) {
	path, err := config.StorePath(c.Store)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !create {
		return notFound("there is no store at %s yet: serve, apply and token create make one", path)
	}
	engine, err := sqlite.Open(ctx, path, sqlite.Options{Now: e.now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	return do(engine)
}

// openBook is the directory of connections. One that cannot be opened is left out and told on stderr.
func (e env) openBook(ctx context.Context, c *config.Process, docs connection.Reader) (*connection.Book, error) {
	sealer, err := connection.NewSealer(c.Key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("TRADEBACK_KEY: %w", err)
	}
	book := connection.NewBook(sealer)
	if err := book.Load(ctx, docs); err != nil {
		if len(book.Broken()) == 0 {
			return nil, err
		}
		fmt.Fprintf(e.stderr, "tradeback: %v\n", err)
	}
	return book, nil
}

// receiver keeps events as store.Store does, one by one, on an engine that a short command has opened.
type receiver struct{ store.Engine }

// Receive keeps an event once. Errors: store.DuplicateError when it was kept before.
func (r receiver) Receive(ctx context.Context, event store.Item) error {
	results, err := r.Apply(ctx, []store.Op{store.Receive{Event: event}})
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return results[0]
}

// served reports whether a process serves the file. It asks for a share of that process's lock and gives it
// back at once.
func served(path string) bool {
	f, err := os.Open(path + ".lock") //nolint:gosec // the store's own side file
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
