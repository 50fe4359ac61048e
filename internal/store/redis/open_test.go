package redis_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

func TestARedisThatMayLoseEventsIsRefusedUnlessThatIsAccepted(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru", "--no-appendfsync-on-rewrite", "yes")
	_, err := redis.Open(t.Context(), server.URL(), redis.Options{})
	var weak *redis.WeakError
	if !errors.As(err, &weak) || len(weak.Weak) != 3 {
		t.Fatalf("got %v, want three weaknesses", err)
	}
	for _, want := range []string{
		"appendfsync is everysec, and should be always", "no-appendfsync-on-rewrite is yes, and should be no",
		"maxmemory-policy is allkeys-lru, and should be noeviction", "--durability=relaxed",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	e := open(t, server.URL(), redis.Options{Relaxed: true})
	if d := e.Durability(); len(d.Weak) != 3 || d.Masters != 1 || !strings.Contains(d.String(), "may be lost") {
		t.Errorf("durability %+v", d)
	}
}

func TestADurableRedisSaysSo(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	if d := e.Durability(); len(d.Weak) != 0 || d.Masters != 1 || d.Replicas != 0 || d.String() != "what is acknowledged is on the disk" {
		t.Errorf("durability %+v: %s", d, d)
	}
	cluster := redistest.StartCluster(t)
	if d := open(t, cluster.URL(), redis.Options{}).Durability(); d.Masters != 3 || len(d.Weak) != 0 {
		t.Errorf("durability %+v", d)
	}
}

func TestAStoreOfAnotherSchemaIsLeftAlone(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	open(t, server.URL(), redis.Options{})
	if err := server.Client(t).Set(t.Context(), "{tb/all}:schema", "99", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var version *redis.VersionError
	if _, err := redis.Open(t.Context(), server.URL(), redis.Options{}); !errors.As(err, &version) || version.Found != "99" {
		t.Fatalf("got %v", err)
	}
}

func TestAURLThatIsWrongSaysHowWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"redis+other://u:hunter2@h":             "no kind of Redis",
		"redis+sentinel://u:hunter2@h:1":        "master_name",
		"redis://u:hunter2@h:port":              "cannot be read",
		"redis://u:hunter2@h/db":                "database",
		"redis://u:hunter2@h?nonsense=1":        "nonsense",
		"mysql://u:hunter2@h":                   "begins with redis://",
		"rediss://u:hunter2@h?skip_verify=true": "SSL_CERT_FILE",
		"redis://u:hunter2@127.0.0.1:1/?db=0":   "refused",
		"redis+cluster://u:hunter2@127.0.0.1:1": "refused",
	} {
		_, err := redis.Open(t.Context(), text, redis.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestBehindSentinelTheMasterIsFound(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, "orders", server)
	e := open(t, sentinel.URL(), redis.Options{})
	apply(t, e, received("ev_1"), whole(owned(t, e, "me"), 1))
	if conns, err := e.Conns(context.Background()); err != nil || !slices.Contains(conns, shop) {
		t.Fatalf("connections %v, %v", conns, err)
	}
	if n := goredis.NewClient(&goredis.Options{Addr: server.Addr}).DBSize(t.Context()).Val(); n == 0 {
		t.Fatal("the master has nothing")
	}
}

func TestTheTimeIsThatOfRedis(t *testing.T) {
	for name, url := range map[string]string{"alone": redistest.Start(t).URL(), "cluster": redistest.StartCluster(t).URL()} {
		e := open(t, url, redis.Options{})
		before := time.Now().Add(-time.Millisecond)
		got, err := e.Time(t.Context())
		if err != nil || got.Before(before) || got.After(time.Now().Add(time.Millisecond)) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
