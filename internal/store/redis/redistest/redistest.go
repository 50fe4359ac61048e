// Package redistest starts real Redis servers for tests, on free loopback ports, each with a folder of its own.
package redistest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Durable are the settings under which what Redis acknowledges is on its disk.
var Durable = []string{"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"}

// Server is a redis-server of a test's own.
type Server struct {
	Addr     string
	Dir      string
	first    []string // before the settings
	settings []string
	cmd      *exec.Cmd
	log      *bytes.Buffer
}

// Start starts a server that ends with the test. Without settings it is Durable.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	if len(settings) == 0 {
		settings = Durable
	}
	return start(t, &Server{Dir: t.TempDir(), settings: slices.Concat([]string{"--save", ""}, settings)})
}

func start(t testing.TB, s *Server) *Server {
	t.Helper()
	t.Cleanup(s.Kill)
	var err error
	for range 5 { // somebody else may take the port before the server does
		s.Addr = FreePort(t)
		if err = s.run(); err == nil {
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// URL is where the store's engine finds the server.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Client is a client of the server's, for what the engine has no words for.
func (s *Server) Client(t testing.TB) *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr})
	t.Cleanup(func() { c.Close() })
	return c
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// Set changes a setting, from the next start on.
func (s *Server) Set(setting, value string) {
	s.settings = slices.Concat(s.settings, []string{setting, value})
}

// Restart starts the server again, with what its folder holds, where it was.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}

// run starts the server and waits until it answers.
func (s *Server) run() error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("this test starts a Redis server of its own, and there is no redis-server: make test installs one, or install it with apt-get install redis-server: %w", err)
	}
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	args := slices.Concat(s.first, []string{"--port", port, "--bind", "127.0.0.1", "--dir", s.Dir, "--daemonize", "no"}, s.settings)
	if s.first == nil {
		args = append(args, "--repl-diskless-sync-delay", "0") // a replica need not wait whether more of them come
	}
	s.log = &bytes.Buffer{}
	s.cmd = exec.Command(path, args...) //nolint:gosec,noctx // a redis-server with settings from tests; Kill ends it
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	endWithUs(s.cmd)
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return err
	}
	if err := answers(s.Addr); err != nil {
		s.Kill()
		return fmt.Errorf("redis-server on %s: %w\n%s", s.Addr, err, s.log)
	}
	return nil
}

// answers waits until a server does.
func answers(addr string) error {
	c := goredis.NewClient(&goredis.Options{Addr: addr, MaxRetries: -1})
	defer c.Close()
	return until(longest, func(ctx context.Context) error {
		err := c.Ping(ctx).Err()
		if goredis.IsAuthError(err) {
			return nil // it answers those who know the password
		}
		return err
	})
}

// longest is how long anything may take on a machine that is busy with other tests.
const longest = time.Minute

// until repeats ask until it has no fault to tell, for so long.
func until(most time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var fault error
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if fault == nil || ctx.Err() == nil { // else it is the end of the time that is told
			fault = err
		}
		select {
		case <-ctx.Done():
			return fault
		case <-tick.C:
		}
	}
}

// FreePort is an address that nobody listens on, nor on the port 10000 above, which a cluster's bus takes.
func FreePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		_, text, err := net.SplitHostPort(free(t, "0"))
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if port+10000 > 65535 {
			port -= 20000 // the system gives high ports; a cluster needs a low one
		}
		if free(t, strconv.Itoa(port+10000)) != "" {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		}
	}
	t.Fatal("no free port found")
	return ""
}

// free is the address of a port that could be listened on just now; of port 0, of any. Empty: it could not.
func free(t testing.TB, port string) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return ""
	}
	defer l.Close()
	return l.Addr().String()
}
