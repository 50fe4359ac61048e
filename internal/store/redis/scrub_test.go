package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// held reports whether a file below dir holds word.
func held(t *testing.T, dir, word string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // taken away while we looked
			return nil
		}
		found = found || bytes.Contains(text, []byte(word))
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

func TestAScrubTakesWhatWasErasedOutOfTheAppendOnlyFile(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	fence := owned(t, e, "me")
	gone, stays := received("ev_1"), received("ev_2")
	gone.Event.Raw, stays.Event.Raw = []byte(`{"a":"john@example.com"}`), []byte(`{"a":"anna@example.com"}`)
	apply(t, e, gone, stays)
	apply(t, e, store.Step{Conn: shop, Fence: fence, Erase: []string{"ev_1"}})
	if !held(t, server.Dir, "john@example.com") {
		t.Fatal("the file does not hold what was erased just now: this test sees nothing")
	}
	if err := e.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, func() error { // Redis takes the old file away beside its work
		if held(t, server.Dir, "john@example.com") {
			return errors.New("the file still holds what was erased")
		}
		return nil
	})
	if !held(t, server.Dir, "anna@example.com") {
		t.Fatal("what should stay is gone")
	}
}

func TestAScrubThatRedisRefusesIsNotDone(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client(t)
	if err := c.Do(t.Context(), "acl", "setuser", "default", "-bgrewriteaof").Err(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, server.URL(), redis.Options{}).Scrub(t.Context()); err == nil {
		t.Fatal("done")
	}
	if err := open(t, server.URL(), redis.Options{Relaxed: true}).Scrub(t.Context()); err != nil {
		t.Fatalf("of a relaxed one: %v", err)
	}
}

func TestAScrubReachesEveryMaster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	e := open(t, cluster.URL(), redis.Options{})
	if err := e.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, m := range cluster.Masters {
		if n := rewrites(t.Context(), m, t); n != "1" {
			t.Errorf("master %d has written its file anew %s times, want once", i, n)
		}
	}
}

func rewrites(ctx context.Context, s *redistest.Server, t *testing.T) string {
	t.Helper()
	said, err := s.Client(t).InfoMap(ctx, "persistence").Result()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(said["Persistence"]["aof_rewrites"])
}
