package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// create makes an empty file that only its owner may read, if there is none. SQLite gives its side files the
// same permissions. An existing file is not opened: closing it would drop the locks that SQLite holds.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the store that was named
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// because adds to SQLite's "unable to open" what the system says of the file, without opening it.
func because(path string, err error) error {
	var e *driver.Error
	if !errors.As(err, &e) || e.Code()&0xff != lib.SQLITE_CANTOPEN {
		return err
	}
	const readAndWrite = 6
	cause := syscall.Access(path, readAndWrite)
	if at, statErr := os.Stat(path); statErr == nil && at.IsDir() {
		cause = syscall.EISDIR
	}
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// LockedError says that another process serves the file.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is served by another process (it holds %s.lock)", e.Path, e.Path)
}

// MovedError says that the file that was opened does not stand at its path any more. What is written to it then is in no
// store that anybody will find.
type MovedError struct{ Path string }

func (e *MovedError) Error() string {
	return e.Path + " is not the file that was opened: put that one back, or end this process and restore a backup"
}

// inPlace refuses to go on when the file was moved, removed or replaced.
func (e *Engine) inPlace() error {
	is, err := os.Stat(e.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(is, e.file):
		return &MovedError{e.path}
	}
	return err
}

// fileLock is the lock on the side file, which says that this process serves.
type fileLock struct{ f *os.File }

func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // its own side file
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %s: make it, for whoever runs serve to write in", filepath.Dir(path))
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = &LockedError{Path: path}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &fileLock{f}, nil
}

// release gives the lock up. The side file stays: removing it would let two processes lock two files.
func (l *fileLock) release() error { return l.f.Close() }

// Room is how many bytes the disk of path has free.
func Room(path string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert,gosec // the types differ between systems; no disk has more
}

// patient lets a connection wait for another's lock, for so many milliseconds.
const patient = "busy_timeout(5000)"

// writeDSN opens the file for the one connection that writes. The page size and the vacuum mode count at
// creation alone. The log is brought back into the file every 2000 pages (8 MiB): sooner, pages which
// change often are copied for each of their changes; later, the round that does it takes long. What is deleted is
// overwritten, always: a page that was given up earlier may hold a copy of what is erased now.
func writeDSN(path string) string {
	return dsn(path, "auto_vacuum(INCREMENTAL)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
		"secure_delete(ON)", patient, "journal_size_limit(67108864)", "wal_autocheckpoint(2000)", "cache_size(-3000)")
}

// readDSN opens the file for queries. They keep few pages: with each commit of another they forget them all.
func readDSN(path string) string {
	return dsn(path, patient, "query_only(ON)", "cache_size(-250)") + "&mode=ro"
}

func dsn(path string, pragmas ...string) string {
	escaped := (&url.URL{Path: filepath.Clean(path)}).EscapedPath()
	return "file:" + escaped + "?" + url.Values{"_pragma": pragmas}.Encode()
}
