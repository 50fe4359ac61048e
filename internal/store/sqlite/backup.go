package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	driver "modernc.org/sqlite"
)

// stepPages is how many pages are copied before the context is looked at.
const stepPages = 1000

// ExistsError says that a file is there which must not be overwritten.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string { return e.Path + " is there already, and is not overwritten" }

// Backup copies the store at path into a new file, as it is at this moment, also beside the process that serves
// it. The file gets its name when all of it is on the disk; only its owner may read it. told hears of the pages.
//
// It holds one read transaction, in which SQLite's backup copies page by page: a backup without one would begin
// anew with each commit beside it, and VACUUM INTO would build every index again, at many times the work. Readers do not
// hold the writer up; but what is committed meanwhile stays in the log, which grows until the backup has ended.
//
// Errors: ExistsError.
func Backup(ctx context.Context, path, to string, told func(done, all int)) error {
	if _, err := os.Lstat(to); err == nil {
		return &ExistsError{to}
	}
	part := to + ".part"
	if err := remove(part); err != nil { // of a run that was killed
		return err
	}
	err := copyPages(ctx, path, part, told)
	if err == nil {
		err = giveName(part, to)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("back up %s: %w", path, err), remove(part))
	}
	return err
}

// backuper is what the driver's connections can do beside the common.
type backuper interface {
	NewBackup(to string) (*driver.Backup, error)
}

// copyPages makes a durable copy of the store at path.
func copyPages(ctx context.Context, path, to string, told func(done, all int)) (err error) {
	c, err := (&driver.Driver{}).Open(readDSN(path))
	if err != nil {
		return err
	}
	w := &writer{conn: c, stmts: map[string]statement{}}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.script("BEGIN"); err != nil {
		return err
	}
	defer w.rollback()
	if has, err := w.schema(); err != nil || has == 0 { // reading is what begins the transaction
		return errors.Join(errors.New("it is no store of tradeback's"), err)
	}
	from, ok := c.(backuper)
	if !ok {
		return errors.New("the driver makes no backups")
	}
	if err := create(to); err != nil {
		return err
	}
	b, err := from.NewBackup(dsn(to, "journal_mode(OFF)", "synchronous(OFF)")) // it is worth nothing before its end
	if err != nil {
		return err
	}
	for more := true; more; {
		if err = ctx.Err(); err != nil {
			break
		}
		if more, err = b.Step(stepPages); err != nil {
			break
		}
		told(b.PageCount()-b.Remaining(), b.PageCount())
	}
	if err = errors.Join(err, b.Finish()); err != nil {
		return err
	}
	return syncFile(to)
}

// giveName gives a file its name, unless another has it, and makes that durable.
func giveName(part, to string) error {
	taken, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the file that was named
	if errors.Is(err, fs.ErrExist) {
		return &ExistsError{to}
	}
	if err != nil {
		return err
	}
	if err := errors.Join(taken.Close(), os.Rename(part, to)); err != nil {
		return err
	}
	return syncFile(filepath.Dir(to))
}

// syncFile makes durable what a file or a folder holds.
func syncFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // one that was written just now
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// remove removes a file with its side files, if there are any.
func remove(path string) error {
	var errs []error
	for _, side := range sides {
		if err := os.Remove(path + side); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sides are what the names of a store's files end in, but for the lock: the file, its log, and the log's index.
var sides = []string{"", "-wal", "-shm"}
