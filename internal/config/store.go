package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

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
		return "", fmt.Errorf("%s is no store that this tradeback knows: write sqlite:///path/to/tradeback.db", scheme+"://")
	case strings.ContainsAny(path, "?#"):
		return "", errors.New("must end after the file's name")
	}
	path, err := url.PathUnescape(path)
	if err != nil || strings.Trim(path, "/") == "" || strings.HasSuffix(path, "/") || strings.ContainsRune(path, 0) {
		return "", errors.New("names no file: write sqlite:///path/to/tradeback.db")
	}
	return path, nil
}
