package rest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// filter reads the query of a list, and collects all that is wrong with it.
type filter struct {
	c     *fiber.Ctx
	wrong []FieldError
}

// newFilter is the filter of a list that knows these parameters. Any other is wrong: it would be a filter
// that silently does not hold.
func newFilter(c *fiber.Ctx, known ...string) *filter {
	f := &filter{c: c}
	given := map[string]int{}
	for k := range c.Context().QueryArgs().All() {
		given[string(k)]++
	}
	for name, times := range given {
		switch {
		case !slices.Contains(known, name):
			f.fault(name, "is not a filter of this list; these are: "+strings.Join(known, ", "))
		case times > 1:
			f.fault(name, "is given more than once")
		}
	}
	slices.SortFunc(f.wrong, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return f
}

func (f *filter) fault(field, message string) {
	f.wrong = append(f.wrong, FieldError{field, message})
}

// err is everything that was wrong.
func (f *filter) err() error {
	if len(f.wrong) == 0 {
		return nil
	}
	return &InvalidError{Fields: f.wrong}
}

// text is a parameter as it was given.
func (f *filter) text(name string) string { return strings.Clone(f.c.Query(name)) }

func (f *filter) connection() exchange.Conn { return exchange.Conn(f.text("connection")) }

// source reads who spoke.
func (f *filter) source() string {
	known := []string{"ongoing", "portal", "shopify", "api", "person", "tradeback", "reconcile"}
	v := f.text("source")
	if v != "" && !slices.Contains(known, v) {
		f.fault("source", "must be one of "+strings.Join(known, ", "))
	}
	return v
}

// stages reads a list of stages, separated by commas.
func (f *filter) stages(name string) []string {
	known := exchange.Stages()
	given := f.list(name)
	for _, g := range given {
		if !slices.Contains(known, exchange.Stage(g)) {
			f.fault(name, fmt.Sprintf("must be some of %v", known))
			return nil
		}
	}
	return given
}

// results reads a list of the ways an event may have ended.
func (f *filter) results(name string) []store.State {
	known := []store.State{store.Waiting, store.Parked, store.Quarantined, store.Dead, store.Done, store.Ignored}
	var out []store.State
	for _, g := range f.list(name) {
		if !slices.Contains(known, store.State(g)) {
			f.fault(name, fmt.Sprintf("must be some of %v", known))
			return nil
		}
		out = append(out, store.State(g))
	}
	return out
}

func (f *filter) list(name string) []string {
	if v := f.text(name); v != "" {
		return strings.Split(v, ",")
	}
	return nil
}

// truth reads true or false. Nil: not given.
func (f *filter) truth(name string) *bool {
	switch v := f.text(name); v {
	case "":
		return nil
	case "true", "false":
		b := v == "true"
		return &b
	default:
		f.fault(name, "must be true or false")
		return nil
	}
}

// time reads RFC 3339, or a day, which begins at midnight UTC.
func (f *filter) time(name string) time.Time {
	v := f.text(name)
	if v == "" {
		return time.Time{}
	}
	if t, ok := moment(v); ok {
		return t
	}
	if t, ok := moment(v + "T00:00:00Z"); ok {
		return t
	}
	f.fault(name, "must be a time like 2026-11-22T10:00:00Z, or a day like 2026-11-22")
	return time.Time{}
}

// moment reads RFC 3339, of the years in which the stores can tell times: they count nanoseconds in 64 bits.
func moment(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	t = t.UTC()
	return t, err == nil && 1970 <= t.Year() && t.Year() <= 2261
}

// limit reads how many are wanted at most: 1 to 500. 0: not given.
func (f *filter) limit() int {
	v := f.text("limit")
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 500 {
		f.fault("limit", "must be 1 to 500")
		return 0
	}
	return n
}

// count reads a whole number. 0: not given.
func (f *filter) count(name string) uint64 {
	v := f.text(name)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseUint(v, 10, 63)
	if err != nil {
		f.fault(name, "must be what next said")
	}
	return n
}

// listing is an error of a list: a cursor that the store does not know is the caller's mistake.
func listing(err error, step string) error {
	if errors.Is(err, store.ErrInvalid) {
		return &InvalidError{Fields: []FieldError{{"after", "must be what next said"}}}
	}
	return fmt.Errorf("%s: %w", step, err)
}
