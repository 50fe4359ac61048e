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
	c.acquaint(t)
}

// acquaint waits until all know of all: a master does not vote for a replica that it has not heard of, and whoever
// had told it may be dead by then.
func (c *Cluster) acquaint(t testing.TB) {
	t.Helper()
	for _, s := range slices.Concat(c.Masters, c.Replicas) {
		one := s.Client(t)
		if err := until(longest, func(ctx context.Context) error {
			text, err := one.ClusterNodes(ctx).Result()
			if err != nil {
				return err
			}
			masters, replicas := strings.Count(text, "master -"), strings.Count(text, "slave ")
			if masters != len(c.Masters) || replicas != len(c.Replicas) || strings.Contains(text, "handshake") || strings.Contains(text, "fail") {
				return fmt.Errorf("%s does not know all of the cluster:\n%s", s.Addr, text)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
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
