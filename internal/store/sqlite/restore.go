package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Restore puts a copy of the backup at from in the place of the store at path. It is whole and made durable
// beside it first, and prepare has its say on it; the old files, if force lets them be replaced, get a new name
// that ends in aside. No process serves the store meanwhile.
//
// Errors: LockedError; ExistsError unless force; FaultyError; what prepare returns. The store at path is left
// as it was then.
func Restore(ctx context.Context, from, path string, force bool, aside string, prepare func(*Engine) error) (err error) {
	lock, err := lockFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	if _, err := os.Lstat(path); err == nil && !force {
		return &ExistsError{path}
	}
	beside := path + restoring
	if err := remove(beside); err != nil { // of a run that was killed
		return err
	}
	if err := restore(ctx, from, beside, prepare); err != nil {
		return errors.Join(fmt.Errorf("restore %s: %w", from, err), remove(beside), remove(beside+".lock"))
	}
	// A log without its file, which a run that was killed here has left, is none of the new file's.
	for _, side := range sides {
		if err := os.Rename(path+side, path+aside+side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(beside, path); err != nil {
		return err
	}
	return errors.Join(syncFile(filepath.Dir(path)), remove(beside+".lock"))
}

// restoring is what the name of a store ends in that has not come to its place yet.
const restoring = ".restoring"

// notCutOff refuses to begin a store anew at a path where a restore was cut off: the old one is aside already, and the
// new one not in its place.
func notCutOff(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Lstat(path + restoring); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("a restore was cut off, and has left %s%s: restore it again, or remove that", path, restoring)
}

// restore makes the store at beside, with nothing left in a log.
func restore(ctx context.Context, from, beside string, prepare func(*Engine) error) error {
	if err := copyPages(ctx, from, beside, func(int, int) {}); err != nil {
		return err
	}
	e, err := Open(ctx, beside, Options{Serve: true})
	if err != nil {
		return err
	}
	err = e.Integrity(ctx)
	if err == nil {
		err = prepare(e)
	}
	if err = errors.Join(err, e.Close()); err != nil {
		return err
	}
	if err := syncFile(beside); err != nil {
		return err
	}
	for _, side := range sides[1:] {
		if _, err := os.Lstat(beside + side); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s%s is left: somebody else uses the copy", beside, side)
		}
	}
	return nil
}
