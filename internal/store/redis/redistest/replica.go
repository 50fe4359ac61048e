package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// StartReplica starts a server that follows master, and waits until it has what master has, and master counts it among
// those that WAIT waits for, which takes up to a second more. Without settings it is Durable.
func StartReplica(t testing.TB, master *Server, settings ...string) *Server {
	t.Helper()
	s := Start(t, settings...)
	s.Follow(t, master)
	s.await(t, "master_link_status:up")
	master.await(t, "state=online")
	return s
}

// Follow makes the server a replica of master, also after a restart, and starts it if it was killed.
func (s *Server) Follow(t testing.TB, master *Server) {
	t.Helper()
	host, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		t.Fatal(err)
	}
	s.Set("--replicaof", host+" "+port)
	s.Restart(t)
}

// AwaitRole waits until the server is a master or a slave.
func (s *Server) AwaitRole(t testing.TB, role string) {
	t.Helper()
	s.await(t, "role:"+role)
}

// await waits until the server says so of its replication.
func (s *Server) await(t testing.TB, want string) {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr})
	defer c.Close()
	if err := until(longest, func(ctx context.Context) error {
		text, err := c.Info(ctx, "replication").Result()
		if err == nil && !strings.Contains(text, want) {
			err = fmt.Errorf("%s: want %s in\n%s", s.Addr, want, text)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Pause holds the server still, as a machine does that hangs, until resume.
func (s *Server) Pause(t testing.TB) (resume func()) {
	t.Helper()
	process := s.cmd.Process
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	return func() { _ = process.Signal(syscall.SIGCONT) }
}

// Sentinel watches a master under a name. On a busy machine it may take over once more than it was made to.
type Sentinel struct {
	*Server
	name string
}

// StartSentinel starts a Sentinel that watches master under a name, and decides alone. It gives up a master
// after a second.
func StartSentinel(t testing.TB, name string, master *Server) *Sentinel {
	t.Helper()
	host, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Dir: t.TempDir()}
	file := filepath.Join(s.Dir, "sentinel.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, "sentinel monitor %[1]s %[2]s %[3]s 1\n"+
		"sentinel down-after-milliseconds %[1]s 1000\nsentinel failover-timeout %[1]s 2000\n", name, host, port), 0o600); err != nil {
		t.Fatal(err)
	}
	s.first = []string{file, "--sentinel"}
	return &Sentinel{start(t, s), name}
}

// URL is where the store's engine finds the master.
func (s *Sentinel) URL() string { return "redis+sentinel://" + s.Addr + "?master_name=" + s.name }

// AwaitReplica waits until Sentinel knows that the master has a replica.
func (s *Sentinel) AwaitReplica(t testing.TB) {
	t.Helper()
	s.ask(t, func(ctx context.Context, c *goredis.SentinelClient) error {
		found, err := c.Replicas(ctx, s.name).Result()
		if err == nil && len(found) == 0 {
			err = errors.New("Sentinel knows no replica")
		}
		return err
	})
}

// AwaitMaster waits until Sentinel says that this server is the master, and it is.
func (s *Sentinel) AwaitMaster(t testing.TB, want *Server) {
	t.Helper()
	s.ask(t, func(ctx context.Context, c *goredis.SentinelClient) error {
		at, err := c.GetMasterAddrByName(ctx, s.name).Result()
		if err == nil && net.JoinHostPort(at[0], at[1]) != want.Addr {
			err = fmt.Errorf("Sentinel says that %v is the master, want %s", at, want.Addr)
		}
		return err
	})
	want.await(t, "role:master")
}

func (s *Sentinel) ask(t testing.TB, ask func(context.Context, *goredis.SentinelClient) error) {
	t.Helper()
	c := goredis.NewSentinelClient(&goredis.Options{Addr: s.Addr})
	defer c.Close()
	if err := until(longest, func(ctx context.Context) error { return ask(ctx, c) }); err != nil {
		t.Fatal(err)
	}
}
