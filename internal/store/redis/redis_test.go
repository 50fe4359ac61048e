package redis_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
	"github.com/tradeback/tradeback/internal/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client(t)
	storetest.Run(t, func(t *testing.T) store.Engine {
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return open(t, server.URL(), redis.Options{})
	})
}

func TestContractOnACluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	storetest.Run(t, func(t *testing.T) store.Engine {
		cluster.Flush(t)
		return open(t, cluster.URL(), redis.Options{})
	})
}

func open(t testing.TB, url string, o redis.Options) *redis.Engine {
	t.Helper()
	e, err := redis.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
