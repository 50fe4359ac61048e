package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// Durability is what a Redis promises of a write that it has acknowledged. Of a cluster, what its masters say
// together.
type Durability struct {
	Masters  int
	Replicas int      // they are written to later: a failover may lose what was acknowledged last
	Weak     []string // what must be set, and why; empty: an acknowledged write is on the disk
}

// String is a sentence for the log.
func (d Durability) String() string {
	switch {
	case len(d.Weak) > 0:
		return "acknowledged events may be lost: " + strings.Join(d.Weak, "; ")
	case d.Replicas > 0:
		return "what is acknowledged is on the master's disk; a failover to a replica may lose the last of it"
	}
	return "what is acknowledged is on the disk"
}

// WeakError reports that Redis may lose what it has acknowledged.
type WeakError struct{ Weak []string }

func (e *WeakError) Error() string {
	return "this Redis may lose what it has acknowledged: " + strings.Join(e.Weak, "; ") +
		". Set this in redis.conf, or accept the loss with --durability=relaxed"
}

// wanted is what Redis must be set to, and what happens otherwise.
var wanted = []struct{ setting, value, otherwise string }{
	{"appendonly", "yes", "a restart loses what came since the last snapshot"},
	{"appendfsync", "always", "a power cut loses up to a second"},
	{"maxmemory-policy", "noeviction", "a full memory drops keys that tradeback needs"},
}

// look asks every master how it is set.
func (e *Engine) look(ctx context.Context) (Durability, error) {
	var (
		mu sync.Mutex
		d  Durability
	)
	ask := func(ctx context.Context, c *goredis.Client) error {
		weak, err := weaknesses(ctx, c)
		if err != nil {
			return err
		}
		replicas, err := replicasOf(ctx, c)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		d.Masters++
		d.Replicas += replicas
		for _, w := range weak {
			if !slices.Contains(d.Weak, w) {
				d.Weak = append(d.Weak, w)
			}
		}
		return nil
	}
	var err error
	switch c := e.client.(type) {
	case *goredis.ClusterClient:
		err = c.ForEachMaster(ctx, ask)
	case *goredis.Client:
		err = ask(ctx, c)
	}
	slices.Sort(d.Weak)
	return d, err
}

func weaknesses(ctx context.Context, c *goredis.Client) (weak []string, err error) {
	if err := c.Ping(ctx).Err(); err != nil {
		return nil, err
	}
	for _, w := range wanted {
		found, err := c.ConfigGet(ctx, w.setting).Result()
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, err
		case err != nil: // hosted ones may not let themselves be asked
			weak = append(weak, fmt.Sprintf("%s cannot be read (%v), and should be %s", w.setting, err, w.value))
		case found[w.setting] != w.value:
			weak = append(weak, fmt.Sprintf("%s is %s, and should be %s, or %s", w.setting, found[w.setting], w.value, w.otherwise))
		}
	}
	return weak, nil
}

// replicasOf is how many replicas follow a master.
func replicasOf(ctx context.Context, c *goredis.Client) (n int, err error) {
	text, err := c.Info(ctx, "replication").Result()
	for line := range strings.Lines(text) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "connected_slaves:"); ok {
			_, err = fmt.Sscanf(count, "%d", &n)
		}
	}
	return n, err
}
