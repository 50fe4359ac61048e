package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

func TestStoresInSpacesOfTheirOwnKnowNothingOfEachOther(t *testing.T) {
	server := redistest.Start(t)
	cluster := redistest.StartCluster(t)
	for name, url := range map[string]string{"alone": server.URL() + "/3?", "cluster": cluster.URL() + "&"} {
		t.Run(name, func(t *testing.T) {
			usual := open(t, strings.TrimRight(url, "?&"), redis.Options{})
			demo := open(t, url+"space=demo-1", redis.Options{})
			ours, theirs := owned(t, usual, "me"), owned(t, demo, "you") // neither is held by the other
			apply(t, usual, received("ev_1"), whole(ours, 1))
			apply(t, demo, received("ev_1"), received("ev_2"), whole(theirs, 1))
			if alive, err := usual.Present(t.Context(), "me", time.Hour); err != nil || len(alive) != 1 {
				t.Errorf("announced are %q, %v", alive, err)
			}
			if alive, err := demo.Present(t.Context(), "you", time.Hour); err != nil || len(alive) != 1 {
				t.Errorf("announced are %q, %v", alive, err)
			}
			before := rows(t, usual)
			if err := redis.Remove(t.Context(), url+"space=demo-1"); err != nil {
				t.Fatal(err)
			}
			if got := rows(t, usual); got != before || got == 0 {
				t.Errorf("%d items are left of the %d in the usual space", got, before)
			}
			if got := rows(t, demo); got != 0 {
				t.Errorf("%d items are left of the space that was removed", got)
			}
			if keys := left(t, url, server, cluster); keys != 0 {
				t.Errorf("%d keys are left of the space that was removed", keys)
			}
		})
	}
}

// left counts the keys of the space demo-1.
func left(t *testing.T, url string, server *redistest.Server, cluster *redistest.Cluster) (n int) {
	t.Helper()
	servers := cluster.Masters
	if strings.HasPrefix(url, server.URL()) {
		servers = []*redistest.Server{server}
	}
	for _, s := range servers {
		c := s.Client(t)
		if s == server {
			if err := c.Do(t.Context(), "select", 3).Err(); err != nil {
				t.Fatal(err)
			}
		}
		keys, err := c.Keys(t.Context(), "{demo-1*").Result()
		if err != nil {
			t.Fatal(err)
		}
		n += len(keys)
	}
	return n
}

func rows(t *testing.T, e store.Engine) int {
	t.Helper()
	found, _, err := e.Items(t.Context(), store.Query{Conn: shop})
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestASpaceHasAPlainName(t *testing.T) {
	for _, name := range []string{"", "A", "a*", "a}", "-a", "a/b", strings.Repeat("a", 41)} {
		if _, err := redis.Open(t.Context(), "redis://u:hunter2@127.0.0.1:1?space="+name, redis.Options{}); err == nil ||
			!strings.Contains(err.Error(), "space=") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("space %q: %v", name, err)
		}
	}
}

func TestTheUsualSpaceIsNotRemoved(t *testing.T) {
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	apply(t, e, received("ev_1"))
	for _, url := range []string{server.URL(), server.URL() + "?space=tb"} {
		if err := redis.Remove(t.Context(), url); err == nil {
			t.Errorf("%s was removed", url)
		}
	}
	if rows(t, e) != 1 {
		t.Error("the usual space is gone")
	}
}
