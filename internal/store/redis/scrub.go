package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// rewriteLook is how often a master is asked whether it has written its append-only file anew.
const rewriteLook = 100 * time.Millisecond

// Scrub has every master write its append-only file anew, which holds all that was ever written, and waits for it. What
// replicas and snapshots keep is out of its reach; of a Relaxed Redis, which may be another's to run, nothing is asked.
//
// Source: Redis, "Redis persistence" (log rewriting), BGREWRITEAOF, INFO persistence.
func (e *Engine) Scrub(ctx context.Context) error {
	if e.options.Relaxed {
		return nil
	}
	switch c := e.client.(type) {
	case *goredis.ClusterClient:
		return c.ForEachMaster(ctx, rewrite)
	case *goredis.Client:
		return rewrite(ctx, c)
	}
	return nil
}

func rewrite(ctx context.Context, c *goredis.Client) error {
	// One that is under way already may have begun before the last erasure: Redis says no then, and we come again.
	if err := c.BgRewriteAOF(ctx).Err(); err != nil {
		return fmt.Errorf("rewrite the append-only file: %w", err)
	}
	tick := time.NewTicker(rewriteLook)
	defer tick.Stop()
	for {
		text, err := c.Info(ctx, "persistence").Result()
		if err != nil {
			return fmt.Errorf("ask for the append-only file: %w", err)
		}
		said := map[string]string{}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			said[name] = value
		}
		if said["aof_rewrite_in_progress"] == "0" && said["aof_rewrite_scheduled"] == "0" {
			if said["aof_last_bgrewrite_status"] != "ok" {
				return errors.New("Redis could not write its append-only file anew") //nolint:staticcheck // a name
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
