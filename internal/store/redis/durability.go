package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// Durability is what a Redis promises of a write that it has acknowledged. Of a cluster, what its masters say
// together.
type Durability struct {
	Masters  int
	Replicas int      // of all masters
	Wait     int      // how many of its master's replicas have what is acknowledged
	Lone     bool     // a master that is cut off from its replicas goes on taking writes
	Weak     []string // what must be set, and why; empty: an acknowledged write is on the disk
}

// String is a sentence for the log.
func (d Durability) String() string {
	switch {
	case len(d.Weak) > 0:
		return "acknowledged events may be lost: " + strings.Join(d.Weak, "; ")
	case d.Wait > 0:
		text := "what is acknowledged is on the master's disk and with " + strconv.Itoa(d.Wait) + " of its replicas"
		if d.Replicas > d.Wait*d.Masters {
			text += "; a failover to another one may lose the last of it"
		}
		if d.Lone {
			text += fmt.Sprintf("; min-replicas-to-write should be %d, so that a master that is cut off from them refuses at once", d.Wait)
		}
		return text
	case d.Replicas > 0:
		return "what is acknowledged is on the master's disk; a failover to a replica may lose the last of it, unless --wait-replicas says how many must have it"
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
	{"no-appendfsync-on-rewrite", "no", "a power cut while the append-only file is rewritten loses what came meanwhile"},
	{"maxmemory-policy", "noeviction", "a full memory drops keys that tradeback needs"},
}

// look asks every master how it is set. What those said that answered is good also when others did not.
func (e *Engine) look(ctx context.Context) (Durability, error) {
	var mu sync.Mutex
	all := Durability{Wait: e.options.Wait}
	ask := func(ctx context.Context, c *goredis.Client) error {
		d, err := e.ask(ctx, c)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		all.Masters++
		all.Replicas += d.Replicas
		all.Lone = all.Lone || d.Lone
		for _, w := range d.Weak {
			if !slices.Contains(all.Weak, w) {
				all.Weak = append(all.Weak, w)
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
	slices.Sort(all.Weak)
	return all, err
}

// ask asks one master.
func (e *Engine) ask(ctx context.Context, c *goredis.Client) (d Durability, err error) {
	text, err := c.Info(ctx, "replication").Result()
	if err != nil {
		return d, err
	}
	for line := range strings.Lines(text) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "connected_slaves:"); ok {
			d.Replicas, err = strconv.Atoi(count)
		}
	}
	if err != nil {
		return d, err
	}
	for _, w := range wanted {
		found, err := setting(ctx, c, w.setting)
		switch {
		case err != nil && !isAnswer(err):
			return d, err
		case err != nil: // hosted ones may not let themselves be asked
			d.Weak = append(d.Weak, fmt.Sprintf("%s cannot be read (%v), and should be %s", w.setting, err, w.value))
		case found != w.value:
			d.Weak = append(d.Weak, fmt.Sprintf("%s is %s, and should be %s, or %s", w.setting, found, w.value, w.otherwise))
		}
	}
	if e.options.Wait > 0 {
		least, err := setting(ctx, c, "min-replicas-to-write")
		if err != nil && !isAnswer(err) {
			return d, err
		}
		n, err := strconv.Atoi(least)
		d.Lone = err != nil || n < e.options.Wait
	}
	return d, nil
}

func setting(ctx context.Context, c *goredis.Client, name string) (string, error) {
	found, err := c.ConfigGet(ctx, name).Result()
	return found[name], err
}
