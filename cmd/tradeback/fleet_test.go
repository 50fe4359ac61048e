package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/demo"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// fleet is replicas of serve, each a process of its own, on one Redis and between two simulators. They are spoken
// to by way of a balancer.
type fleet struct {
	*whole
	store    string
	replicas []*replica
}

// replica is one process of a fleet. It listens at the same address whenever it runs.
type replica struct {
	f    *fleet
	at   string
	log  string // a file
	args []string
	cmd  *exec.Cmd
}

// startFleet starts one replica for each of own, which are arguments of its own.
func startFleet(t *testing.T, own [][]string, args ...string) *fleet {
	t.Helper()
	w, conns := simulated(t)
	f := &fleet{whole: w, store: redistest.Start(t).URL()}
	var addresses []string
	for i, mine := range own {
		r := &replica{f: f, at: lowPort(t), log: filepath.Join(w.dir, fmt.Sprintf("log-%d", i))}
		host := func(u string) string { return strings.TrimPrefix(u, "http://") }
		r.args = append(append([]string{
			"serve", "--listen", r.at, "--ops-listen", "", "--connections", conns, "--allow-host", host(w.ongoing.URL), "--allow-host", host(w.shopify.URL),
			"--call-timeout", "1s", "--retry-first", "100ms", "--rate", "100000",
		}, args...), mine...)
		f.replicas = append(f.replicas, r)
		addresses = append(addresses, r.at)
		r.start()
	}
	front := httptest.NewServer(demo.NewBalancer(addresses...))
	t.Cleanup(front.Close)
	w.base = front.URL
	cmd := exec.CommandContext(t.Context(), builtBinary(t), "token", "create", "--name", "test", "--scopes", "read,write", "--json")
	cmd.Env = f.environ()
	out, err := cmd.Output()
	var made struct{ Key string }
	if err := errors.Join(err, json.Unmarshal(out, &made)); err != nil {
		t.Fatal(err)
	}
	w.key = made.Key
	w.hooks()
	return f
}

func (f *fleet) environ() []string {
	return []string{"TRADEBACK_KEY=" + testKey, "TRADEBACK_STORE=" + f.store}
}

// lowPort is an address where nobody listens, below the ports that the system gives to outgoing connections, so
// that a process can come back to it.
func lowPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		at := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000))
		l, err := net.Listen("tcp", at)
		if err == nil {
			l.Close()
			return at
		}
	}
	t.Fatal("no free port found")
	return ""
}

// start runs serve until it says where it listens.
func (r *replica) start() {
	t := r.f.t
	t.Helper()
	cmd := exec.Command(builtBinary(t), r.args...)
	cmd.Env = r.f.environ()
	log, err := os.OpenFile(r.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // also one that is stopped
		_ = cmd.Wait()
		if said, _ := os.ReadFile(r.log); t.Failed() {
			t.Logf("%s said:\n%s", r.at, said)
		}
	})
	r.cmd = cmd
	if line, err := bufio.NewReader(out).ReadBytes('\n'); err != nil {
		t.Fatalf("serve did not start: %v %s", err, line)
	}
}

func (r *replica) signal(s syscall.Signal) {
	r.f.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.f.t.Fatal(err)
	}
}

// stopped reports whether the process is stopped, as by kill -STOP.
func (r *replica) stopped() bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "T")
}

// said are the log's lines with this message.
func (r *replica) said(message string) (lines []logLine) {
	r.f.t.Helper()
	text, err := os.ReadFile(r.log)
	if err != nil {
		r.f.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var l logLine
		if json.Unmarshal([]byte(line), &l) == nil && l.Message == message {
			lines = append(lines, l)
		}
	}
	return lines
}

type logLine struct {
	Message  string
	Fence    uint64
	Replicas int
	Part     string
}

// owner is who took the connection last, and who else there is. It waits until somebody has taken it.
func (f *fleet) owner() (owner *replica, others []*replica) {
	f.t.Helper()
	f.eventually("somebody to take the connection", func() bool {
		owner = f.last()
		return owner != nil
	})
	for _, r := range f.replicas {
		if r != owner {
			others = append(others, r)
		}
	}
	return owner, others
}

// last is who has taken the connection last, if anybody has.
func (f *fleet) last() (owner *replica) {
	f.t.Helper()
	var fence uint64
	for _, r := range f.replicas {
		for _, l := range r.said("connection taken") {
			if l.Fence > fence {
				owner, fence = r, l.Fence
			}
		}
	}
	return owner
}

// shared waits until every replica knows of all, and the connection is with whom they agree on.
func (f *fleet) shared() {
	f.t.Helper()
	f.eventually("the replicas to know of each other", func() bool {
		for _, r := range f.replicas {
			if said := r.said("connections shared"); len(said) == 0 || said[len(said)-1].Replicas != len(f.replicas) {
				return false
			}
		}
		return true
	})
	f.eventually("what is given up to be taken", func() bool {
		given, taken := 0, 0
		for _, r := range f.replicas {
			given += len(r.said("connection given up"))
			taken += len(r.said("connection taken"))
		}
		return taken > given
	})
}

// takenOver waits until another replica has the connection, and says how long that took.
func (f *fleet) takenOver(from *replica) time.Duration {
	f.t.Helper()
	began := time.Now()
	f.eventually("another replica to take the connection", func() bool { return f.last() != from })
	return time.Since(began)
}
