package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Kind is the kind of store that a URL names.
type Kind string

// The kinds of stores.
const (
	SQLite Kind = "sqlite"
	Redis  Kind = "redis"
)

// What is asked of a store's durability.
const (
	Strict  = "strict"
	Relaxed = "relaxed"
)

// StoreKind is the kind of store that a URL names: sqlite://, or redis:// and rediss://, each of these with
// +cluster or +sentinel too.
//
// Errors: when it is no such URL; they say what to write.
func StoreKind(store string) (Kind, error) {
	scheme, at, isURL := strings.Cut(store, "://")
	server, kind, _ := strings.Cut(scheme, "+")
	if !isURL || server != "redis" && server != "rediss" {
		_, err := StorePath(store)
		return SQLite, err
	}
	switch {
	case kind != "" && kind != "cluster" && kind != "sentinel" || strings.HasSuffix(scheme, "+"):
		return Redis, fmt.Errorf("%s:// is no kind of Redis: write redis://, redis+cluster:// or redis+sentinel://", scheme)
	case strings.Trim(at, "/") == "":
		return Redis, fmt.Errorf("names no server: write %s://HOST:PORT", scheme)
	}
	if _, err := url.Parse(store); err != nil { // what it says may hold a password
		return Redis, fmt.Errorf("cannot be read: write %s://HOST:PORT, and what is no letter or digit in a password as %%XX", scheme)
	}
	return Redis, nil
}

// StorePath is the file that a store's URL names: sqlite:///var/lib/tradeback/tradeback.db. A path that does
// not begin at the root has two slashes: sqlite://tradeback.db.
//
// Errors: when it is no such URL; they say what to write.
func StorePath(store string) (string, error) {
	scheme, path, isURL := strings.Cut(store, "://")
	switch {
	case store == "":
		return "", errors.New("is not set: give the URL of the store here or with --store, such as sqlite:///var/lib/tradeback/tradeback.db")
	case !isURL:
		return "", fmt.Errorf("must be a URL, not a path: for this file write sqlite://%s", store)
	case scheme != "sqlite":
		return "", fmt.Errorf("%s is no store that is a file: write sqlite:///path/to/tradeback.db, or redis://HOST:PORT for one in Redis", scheme+"://")
	case strings.ContainsAny(path, "?#"):
		return "", errors.New("must end after the file's name")
	}
	path, err := url.PathUnescape(path)
	if err != nil || strings.Trim(path, "/") == "" || strings.HasSuffix(path, "/") || strings.ContainsRune(path, 0) {
		return "", errors.New("names no file: write sqlite:///path/to/tradeback.db")
	}
	return path, nil
}
