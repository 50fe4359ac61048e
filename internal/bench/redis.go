package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// startRedis starts a Redis of our own, which makes every write durable before it answers it. What it keeps is in
// dir, and Listening is where it is.
func startRedis(ctx context.Context, dir string) (*process, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("the bench measures Redis too, and there is no redis-server: make bench installs one, or install it with apt-get install redis-server: %w", err)
	}
	for range 5 { // somebody else may take the port before the server does
		var p *process
		if p, err = tryRedis(ctx, path, dir); err == nil {
			return p, nil
		}
	}
	return nil, err
}

func tryRedis(ctx context.Context, path, dir string) (*process, error) {
	at, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		return nil, err
	}
	said, err := listen()
	if err != nil {
		return nil, err
	}
	p := &process{Listening: at, said: said}
	p.cmd = exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", //nolint:gosec,noctx // found in the path; stop ends it
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = []string{}, said.File, said.File
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	client := goredis.NewClient(&goredis.Options{Addr: at, MaxRetries: -1})
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	err = until(ctx, func() (bool, error) { return client.Ping(ctx).Err() == nil, nil })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("redis-server on %s: %w: %s", at, err, p.said), p.stop())
	}
	return p, nil
}

// freePort is an address that nobody listens on just now.
func freePort(ctx context.Context) (string, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// until asks every 20 ms until the answer is yes.
func until(ctx context.Context, ask func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
