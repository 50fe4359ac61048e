package webhooks

import (
	"errors"
	"fmt"
)

// What a door may answer but 200. server.Errors turns these into status codes.
var (
	// ErrUnauthorized: wrong or missing credentials, or no such connection; nobody is told which.
	ErrUnauthorized = errors.New("wrong or missing credentials")
	// ErrMedia: the body is not said to be JSON, or it is encoded.
	ErrMedia = errors.New("the body must be JSON, without any Content-Encoding")
	// ErrNotKept: it could not be made durable; the sender must try again.
	ErrNotKept = errors.New("the event could not be kept; send it again")
)

// UnreadableError reports an authenticated body that cannot be used. It is kept in quarantine as ID; an
// empty ID says that it was only counted.
type UnreadableError struct {
	ID     string
	Reason string // without personal data
}

func (e *UnreadableError) Error() string {
	if e.ID == "" {
		return "not kept: " + e.Reason
	}
	return fmt.Sprintf("quarantined as %s: %s", e.ID, e.Reason)
}
