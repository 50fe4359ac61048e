package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
)

// waitTime is how long replicas have to acknowledge what was written. They need a small part of it.
const waitTime = time.Second

// write sends commands about one slot, which key lies in, over one line. Where replicas must have what they
// write, the same line waits for them: Redis waits for what the line that asks has written itself. So the
// commands must write something, also when they are sent again.
//
// Errors: the first of what went wrong; store.ErrUnavailable when too few replicas have it.
func (e *Engine) write(ctx context.Context, key string, commands func(goredis.Pipeliner)) error {
	client, err := e.master(ctx, key)
	if err != nil {
		return err
	}
	pipe := client.Pipeline()
	commands(pipe)
	have := &goredis.Cmd{}
	if e.options.Wait > 0 {
		have = pipe.Do(ctx, "wait", e.options.Wait, waitTime.Milliseconds())
	}
	if _, err := pipe.Exec(ctx); err != nil {
		if c, ok := e.client.(*goredis.ClusterClient); ok {
			c.ReloadState(ctx) // the slot may have another master now
		}
		return err
	}
	if e.options.Wait == 0 {
		return nil
	}
	if n, err := have.Int(); err != nil || n < e.options.Wait {
		return errors.Join(fmt.Errorf("%w: %d replicas have it, and %d must", store.ErrUnavailable, n, e.options.Wait), err)
	}
	return nil
}

// master is where a key is written to. Of a cluster, that master alone, since a line leads to one.
func (e *Engine) master(ctx context.Context, key string) (goredis.Cmdable, error) {
	if c, ok := e.client.(*goredis.ClusterClient); ok {
		return c.MasterForKey(ctx, key)
	}
	return e.client, nil
}

// run calls a script, and sends its text when Redis does not know it.
func (e *Engine) run(ctx context.Context, script *goredis.Script, keys []string, args ...any) (any, error) {
	if e.options.Wait == 0 {
		return script.Run(ctx, e.client, keys, args...).Result()
	}
	var answer *goredis.Cmd
	err := e.write(ctx, keys[0], func(p goredis.Pipeliner) { answer = script.EvalSha(ctx, p, keys, args...) })
	if goredis.HasErrorPrefix(err, "NOSCRIPT") {
		err = e.write(ctx, keys[0], func(p goredis.Pipeliner) { answer = script.Eval(ctx, p, keys, args...) })
	}
	return answer.Val(), err
}
