package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// withStore loads the settings, and lets do use the store that they name, as useStore.
//
// Errors: config.Faults; those of useStore.
func (e env) withStore(ctx context.Context, c *config.Process, create bool, do func(store.Engine) error) error {
	if err := c.Load(e.getenv); err != nil {
		return err
	}
	return e.useStore(ctx, c, create, do)
}

// useStore lets do use the store beside the processes that serve it. The store is made if create says so.
//
// Errors: what do returns; exit status 3 when there is no store.
func (e env) useStore(ctx context.Context, c *config.Process, create bool, do func(store.Engine) error) (err error) {
	if path, err := config.StorePath(c.Store); err == nil {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !create {
			return notFound("there is no store at %s yet: serve, apply and token create make one", path)
		}
	}
	// How durable a Redis must be is for serve to say: what a person does beside it can be done again.
	engine, err := openStore(ctx, c.Store, opening{redis: redis.Options{Relaxed: true}, now: e.now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	return do(engine)
}

// opening is what a store is opened for.
type opening struct {
	serve bool
	redis redis.Options
	now   func() time.Time
}

// openStore opens the store that a URL names.
func openStore(ctx context.Context, url string, o opening) (store.Engine, error) {
	kind, err := config.StoreKind(url)
	if err != nil {
		return nil, err
	}
	if kind == config.Redis {
		o.redis.Now = o.now
		return redis.Open(ctx, url, o.redis)
	}
	path, err := config.StorePath(url)
	if err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, path, sqlite.Options{Serve: o.serve, Now: o.now})
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

// served reports whether a process works for a connection of the store.
func served(ctx context.Context, c *config.Process, st store.Engine, conn store.Conn) bool {
	if held, ok := st.(interface {
		Held(ctx context.Context, c store.Conn) (bool, error)
	}); ok {
		yes, err := held.Held(ctx, conn)
		return yes && err == nil
	}
	path, err := config.StorePath(c.Store)
	return err == nil && locked(path)
}

// locked reports whether a process serves the file. It asks for a share of that process's lock and gives it
// back at once.
func locked(path string) bool {
	f, err := os.Open(path + ".lock") //nolint:gosec // the store's own side file
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
