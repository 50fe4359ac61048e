package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// The exit statuses of every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2 // the command line, or the process's own settings
	exitNotFound    = 3
	exitRefused     = 4
	exitUnreachable = 5
)

// statusError is an error whose exit status is known where it was made.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }

func (e *statusError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Errorf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &statusError{exitNotFound, fmt.Errorf(format, args...)}
}

func refused(format string, args ...any) error {
	return &statusError{exitRefused, fmt.Errorf(format, args...)}
}

// reportedError is a failure that the command has told already, in the form it was asked for.
type reportedError struct{ error }

func (e reportedError) Unwrap() error { return e.error }

// exitStatus is how the process ends after err.
func exitStatus(err error) int {
	var known *statusError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &known):
		return known.status
	case is[config.Faults](err):
		return exitUsage
	case errors.Is(err, store.ErrNotFound):
		return exitNotFound
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrMismatch), is[connection.Faults](err),
		is[*connection.TakenError](err), is[*connection.KeyError](err), is[*connection.SlotsError](err), is[*connection.EndedError](err),
		is[*exchange.RefusedError](err), is[*replay.UnfitError](err), is[*sqlite.LockedError](err),
		is[*redis.WeakError](err), is[*redis.VersionError](err):
		return exitRefused
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, exchange.ErrNotSent), errors.Is(err, context.DeadlineExceeded):
		return exitUnreachable
	default:
		return exitFailed
	}
}

// is reports whether err is a T, or wraps one.
func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
