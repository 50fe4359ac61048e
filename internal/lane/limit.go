package lane

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// limits are until when API methods are left alone. Ongoing limits each of them by itself.
//
// Source: Ongoing, "Rate limits".
type limits map[string]time.Time

// with is l with one more, but for those that are over.
func (l limits) with(method string, wait time.Duration, now time.Time) limits {
	next := maps.Clone(l)
	if next == nil {
		next = limits{}
	}
	maps.DeleteFunc(next, func(_ string, until time.Time) bool { return ahead(until, now) == 0 })
	next[method] = now.Add(wait)
	return next
}

// last is when the last of them ends.
func (l limits) last() (at time.Time) {
	for _, until := range l {
		if until.After(at) {
			at = until
		}
	}
	return at
}

// methodOf names the API method of a call: its path without the numbers that say whom it is about.
func methodOf(req *http.Request) string {
	parts := strings.Split(req.URL.Path, "/")
	for i, p := range parts {
		if p != "" && strings.Trim(p, "0123456789") == "" {
			parts[i] = "{id}"
		}
	}
	return req.Method + " " + strings.Join(parts, "/")
}
