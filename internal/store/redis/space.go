package redis

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// nameOfSpace is what a space may be called: nothing that means more in a pattern of keys or in a tag.
var nameOfSpace = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// cutSpace takes space=NAME out of the query of a store's URL.
//
// Errors: what is wrong with the name.
func cutSpace(text string) (rest string, s space, err error) {
	before, query, _ := strings.Cut(text, "?")
	s = usual
	var others []string
	for _, part := range strings.Split(query, "&") {
		name, ok := strings.CutPrefix(part, "space=")
		switch {
		case ok && !nameOfSpace.MatchString(name):
			return "", "", errors.New("space= in the URL of the store must be up to 40 small letters, digits and hyphens")
		case ok:
			s = space(name)
		case part != "":
			others = append(others, part)
		}
	}
	if len(others) > 0 {
		before += "?" + strings.Join(others, "&")
	}
	return before, s, nil
}

// Remove deletes all that a store holds which has a space of its own, and nothing else. Nobody may use it any
// more.
//
// Errors: when the URL names no space.
func Remove(ctx context.Context, text string) (err error) {
	text, s, err := cutSpace(text)
	if err != nil {
		return err
	}
	if s == usual {
		return errors.New("a store in Redis is removed only where its URL ends in ?space=NAME")
	}
	client, err := connect(text, func() {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if cluster, ok := client.(*goredis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, c *goredis.Client) error { return s.remove(ctx, c) })
	}
	return s.remove(ctx, client)
}

// remove deletes what one Redis holds of the space.
func (s space) remove(ctx context.Context, c goredis.UniversalClient) error {
	for _, pattern := range []string{"{" + string(s) + ":*", "{" + string(s) + "/*"} {
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			keys, next, err := c.Scan(ctx, cursor, pattern, 500).Result()
			if err != nil {
				return fmt.Errorf("list the keys of space %s: %w", s, err)
			}
			cursor = next
			for _, key := range keys { // one by one: in a cluster they lie in many slots
				if err := c.Unlink(ctx, key).Err(); err != nil {
					return fmt.Errorf("delete the keys of space %s: %w", s, err)
				}
			}
		}
	}
	return nil
}
