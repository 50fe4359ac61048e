package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// Cluster is three masters of a test's own, which share the slots, and what follows each of them.
type Cluster struct{ Masters, Replicas []*Server }

var clustered = slices.Concat(Durable, []string{
	"--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no",
})

const slots = 16384

// StartCluster starts a cluster that ends with the test. Its masters are Durable.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	var c Cluster
	for range 3 {
		c.Masters = append(c.Masters, Start(t, clustered...))
	}
	if err := c.join(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &c
}

// join gives each master its slots and makes them known to each other.
func (c *Cluster) join(ctx context.Context) error {
	var clients []*goredis.Client
	for _, s := range c.Masters {
		one := goredis.NewClient(&goredis.Options{Addr: s.Addr})
		defer one.Close()
		clients = append(clients, one)
	}
	host, port, err := net.SplitHostPort(c.Masters[0].Addr)
	if err != nil {
		return err
	}
	for i, one := range clients {
		first, last := i*slots/len(clients), (i+1)*slots/len(clients)-1
		if err := errors.Join(
			one.ClusterAddSlotsRange(ctx, first, last).Err(),
			one.Do(ctx, "cluster", "set-config-epoch", i+1).Err(),
			one.ClusterMeet(ctx, host, port).Err(),
		); err != nil {
			return fmt.Errorf("join the cluster: %w", err)
		}
	}
	return until(longest, func(ctx context.Context) error {
		for _, one := range clients {
			text, err := one.ClusterInfo(ctx).Result()
			if err != nil {
				return err
			}
			for _, want := range []string{"cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"} {
				if !strings.Contains(text, want) {
					return fmt.Errorf("the cluster does not come about: want %s in\n%s", want, text)
				}
			}
		}
		return nil
	})
}

// Replicate gives each master a replica.
func (c *Cluster) Replicate(t testing.TB) {
	t.Helper()
	for _, m := range c.Masters {
		master := m.Client(t)
		id, err := master.ClusterMyID(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		s := Start(t, clustered...)
		c.Replicas = append(c.Replicas, s)
		host, port, err := net.SplitHostPort(s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := master.ClusterMeet(t.Context(), host, port).Err(); err != nil {
			t.Fatal(err)
		}
		replica := s.Client(t)
		if err := until(longest, func(ctx context.Context) error { return replica.ClusterReplicate(ctx, id).Err() }); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range c.Replicas {
		s.await(t, "master_link_status:up")
		c.Masters[i%len(c.Masters)].await(t, "state=online")
	}
}

// URL is where the store's engine finds the cluster.
func (c *Cluster) URL() string {
	return "redis+cluster://" + c.Masters[0].Addr + "?addr=" + c.Masters[1].Addr + "&addr=" + c.Masters[2].Addr
}

// Flush empties the cluster.
func (c *Cluster) Flush(t testing.TB) {
	t.Helper()
	for _, s := range c.Masters {
		one := goredis.NewClient(&goredis.Options{Addr: s.Addr})
		err := one.FlushAll(context.Background()).Err()
		one.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
}
