package rest

import "errors"

// What a handler may answer but success. server.Errors turns these into status codes.
var (
	// ErrUnauthorized: no key, or none that is live.
	ErrUnauthorized = errors.New("wrong or missing API key")
	// ErrForbidden: the key does not have the scope.
	ErrForbidden = errors.New("the key does not have the scope")
	// ErrNotFound: no such exchange or event.
	ErrNotFound = errors.New("not found")
	// ErrMedia: the body is not said to be JSON, or it is encoded.
	ErrMedia = errors.New("the body must be JSON, without any Content-Encoding")
	// ErrNotKept: it could not be made durable; the caller must try again.
	ErrNotKept = errors.New("the request could not be kept; send it again")
)

// FieldError says what is wrong with one field. Field is as the caller wrote it: return_lines[0].quantity.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// InvalidError reports input that cannot be used: as a whole, or field by field.
type InvalidError struct {
	Reason string
	Fields []FieldError
}

func (e *InvalidError) Error() string {
	if e.Reason != "" {
		return e.Reason
	}
	return "wrong fields"
}

// RefusedError reports a request that was kept, and could not be carried out as things stand.
type RefusedError struct {
	Code   string // last part of the problem's type
	Title  string
	Detail string
	ID     string // of the event that the request is kept as
}

func (e *RefusedError) Error() string { return e.Title + ": " + e.Detail }
