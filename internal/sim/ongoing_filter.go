package sim

import (
	"strconv"
	"time"
)

// filters are the query parameters of a list, by name: whether something belongs in the answer, given the
// parameter's values. A nil filter is dealt with elsewhere.
type filters[T any] map[string]func(T, []string) bool

// pick returns what passes every filter of the call. A filter that the document has and the simulator has
// not is said to be so, never ignored.
func (f filters[T]) pick(c *ongoingCall, all []T) ([]T, error) {
	for name := range c.query {
		if _, known := f[name]; !known && name != "goodsOwnerId" {
			return nil, &no{text: "The simulator does not know the filter " + name + ".", unknown: true}
		}
	}
	var picked []T
	for _, each := range all {
		if f.passes(c, each) {
			picked = append(picked, each)
		}
	}
	return picked, nil
}

func (f filters[T]) passes(c *ongoingCall, each T) bool {
	for name, values := range c.query {
		if filter := f[name]; filter != nil && !filter(each, values) {
			return false
		}
	}
	return true
}

// first returns the first so many of all, as the named parameter says.
func first[T any](c *ongoingCall, name string, all []T) []T {
	if values, ok := c.query[name]; ok {
		return all[:min(len(all), max(0, whole(values)))]
	}
	return all
}

// whole reads a number that was checked against the document.
func whole(values []string) int {
	n, _ := strconv.Atoi(values[0])
	return n
}

// from says whether t is at or after the time given, to the second, as date filters of the API are.
func from(t time.Time, values []string) bool {
	limit, err := time.Parse(time.RFC3339, values[0])
	return err == nil && !t.IsZero() && !t.Truncate(time.Second).Before(limit.Truncate(time.Second))
}

// until says whether t is at or before the time given, to the second.
func until(t time.Time, values []string) bool {
	limit, err := time.Parse(time.RFC3339, values[0])
	return err == nil && !t.IsZero() && !t.Truncate(time.Second).After(limit.Truncate(time.Second))
}
