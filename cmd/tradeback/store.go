package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/moving"
	"github.com/tradeback/tradeback/internal/store"
)

func newStore(e env) *cobra.Command {
	return group("store", "Copy, back up, restore, verify and reseal the store",
		newStoreCopy(e), newStoreBackup(e), newStoreRestore(e), newStoreVerify(e), newStoreReseal(e))
}

// progress shows on a terminal's stderr how far something has come, a few times a second. end ends its line.
func (e env) progress() (show func(format string, args ...any), end func()) {
	if !e.isTerminal(e.stderr) {
		return func(string, ...any) {}, func() {}
	}
	var last time.Time
	return func(format string, args ...any) {
			if now := e.now(); now.Sub(last) >= 200*time.Millisecond {
				last = now
				fmt.Fprintf(e.stderr, "\r\x1b[K"+format, args...)
			}
		}, func() {
			if !last.IsZero() {
				fmt.Fprint(e.stderr, "\r\x1b[K")
			}
		}
}

// storeName is a store's URL as it may be shown: without what may be a password.
func storeName(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "a store whose URL cannot be read"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	query := url.Values{}
	for _, name := range []string{"addr", "db", "master_name", "space"} {
		if u.Query().Has(name) {
			query[name] = u.Query()[name]
		}
	}
	shown.RawQuery = query.Encode()
	return shown.String()
}

// onlyFile is the path of a store that is a file.
//
// Errors: exit status 4 for one in Redis, with what to do instead.
func onlyFile(c *config.Process, doing, instead string) (string, error) {
	kind, err := config.StoreKind(c.Store)
	if err != nil {
		return "", err
	}
	if kind == config.Redis {
		return "", refused("a store in Redis cannot be %s here: %s", doing, instead)
	}
	return config.StorePath(c.Store)
}

// there refuses a file that does not exist.
func there(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return notFound("there is no file %s", path)
	}
	return nil
}

// unserved refuses a store that a process works on, or keeps events in: one that has no connections yet, or none that
// are switched on, is announced all the same. Of a file the lock has said so already.
func unserved(ctx context.Context, st store.Engine, url string) error {
	switch alive, err := st.Present(ctx, "store copy", 0); {
	case err != nil:
		return fmt.Errorf("look whether %s is served: %w", storeName(url), err)
	case len(alive) > 0:
		return refused("%s is served. Stop every process first; one that was killed is forgotten after some seconds", storeName(url))
	}
	held, ok := st.(interface {
		Held(ctx context.Context, c store.Conn) (bool, error)
	})
	if !ok {
		return nil
	}
	conns, err := st.Conns(ctx)
	if err != nil {
		return fmt.Errorf("list connections of %s: %w", storeName(url), err)
	}
	for _, c := range conns {
		yes, err := held.Held(ctx, c)
		if err != nil {
			return fmt.Errorf("look whether %s is served: %w", storeName(url), err)
		}
		if yes {
			return refused("%s is served: a process works for connection %s. Stop it first", storeName(url), c)
		}
	}
	return nil
}

// wholeStore refuses to serve a store into which a copy has not come to its end.
func wholeStore(ctx context.Context, st store.Reads) error {
	from, err := moving.Unfinished(ctx, st)
	if err == nil && from != "" {
		err = refused("this store is half a copy of %s: run tradeback store copy again until it ends, then serve", from)
	}
	return err
}

// countRow is what a connection holds, as tables show it.
func countRow(c store.Conn, n moving.Counts, rest ...string) []string {
	row := []string{dash(string(c))}
	for _, v := range []int{n.Exchanges, n.JournalLines, n.Items, n.Documents, n.DedupeKeys} {
		row = append(row, strconv.Itoa(v))
	}
	return slices.Concat(row, rest)
}

const countHeading = "CONNECTION\tEXCHANGES\tJOURNAL\tITEMS\tDOCUMENTS\tDEDUPE KEYS"
