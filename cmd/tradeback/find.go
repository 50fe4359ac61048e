package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// findExchange is the exchange that name means: its id, or any number or id that it is known by.
//
// Errors: exit status 3 when there is none, 2 when name is none or means several.
func findExchange(ctx context.Context, st store.Reads, conn exchange.Conn, name string) (exchange.Exchange, error) {
	if err := checkName(name); err != nil {
		return exchange.Exchange{}, err
	}
	found, _, err := all(ctx, store.Query{Conn: conn, Text: name, Limit: 20}, st.Exchanges)
	if err != nil {
		return exchange.Exchange{}, fmt.Errorf("find %s: %w", name, err)
	}
	switch len(found) {
	case 0:
		return exchange.Exchange{}, notFound("there is no exchange that %s names", name)
	case 1:
		return found[0], nil
	}
	ids := make([]string, len(found))
	for i, x := range found {
		ids[i] = fmt.Sprintf("%s (%s, %s)", x.ID, x.Connection, x.Stage)
	}
	return exchange.Exchange{}, usage("%s names several exchanges: %s; give one of their ids", name, strings.Join(ids, ", "))
}

// findEvent is the event of that id.
//
// Errors: exit status 3 when there is none.
func findEvent(ctx context.Context, st store.Reads, conn exchange.Conn, id string) (store.Item, error) {
	if err := checkName(id); err != nil {
		return store.Item{}, err
	}
	found, _, err := st.Items(ctx, store.Query{Conn: conn, IDs: []string{id}, Kinds: []store.Kind{store.Event}, Limit: 2})
	if err != nil {
		return store.Item{}, fmt.Errorf("find %s: %w", id, err)
	}
	if len(found) == 0 {
		return store.Item{}, notFound("there is no event %s", id)
	}
	return found[0], nil
}

// checkName refuses what can be no id or number of anybody's.
func checkName(name string) error {
	if name == "" || len(name) > 255 || strings.ContainsFunc(name, unicode.IsControl) {
		return usage("%q is no id or number", name)
	}
	return nil
}

var connPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// checkConn refuses a connection that is not stored and has nothing stored. An empty name means all.
func checkConn(ctx context.Context, st store.Reads, name string) (exchange.Conn, error) {
	switch {
	case name == "":
		return "", nil
	case !connPattern.MatchString(name):
		return "", usage("--connection: %q is no connection's name: 1 to 40 of a-z, 0-9 and -", name)
	}
	docs, err := st.Docs(ctx, "", connection.Bucket, name[:len(name)-1], 500)
	if err != nil {
		return "", fmt.Errorf("look for connection %s: %w", name, err)
	}
	for _, d := range docs {
		if d.Key == name {
			return exchange.Conn(name), nil
		}
	}
	known, err := st.Conns(ctx)
	if err != nil {
		return "", fmt.Errorf("list connections: %w", err)
	}
	for _, c := range known {
		if string(c) == name {
			return c, nil
		}
	}
	return "", notFound("there is no connection %s", name)
}

// all fills a page of q: one read may bring less than the limit while there is more.
func all[T any](ctx context.Context, q store.Query, list func(context.Context, store.Query) ([]T, string, error)) ([]T, string, error) {
	limit := store.Page(q.Limit)
	found := []T{}
	for {
		q.Limit = limit - len(found)
		more, after, err := list(ctx, q)
		if err != nil {
			return nil, "", err
		}
		found = append(found, more...)
		if after == "" || len(found) >= limit {
			return found, after, nil
		}
		q.After = after
	}
}

// since reads a time since which something is asked for.
func since(text string, now time.Time) (time.Time, error) { return moment("--since", text, now) }

// moment reads a time, a day (from midnight UTC), or how long ago. An empty text is the zero time.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		t, err := time.Parse(layout, text)
		if t = t.UTC(); err == nil && 1970 <= t.Year() && t.Year() <= 2261 { // what a store can tell
			return t, nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago).UTC(), nil
	}
	return time.Time{}, usage("%s: %q must be a time like 2026-11-22T10:00:00Z, a day like 2026-11-22, or how long ago, like 24h", flag, text)
}

// checkLimit refuses what no list gives.
func checkLimit(n int) error {
	if n < 1 || n > 500 {
		return usage("--limit must be 1 to 500")
	}
	return nil
}
