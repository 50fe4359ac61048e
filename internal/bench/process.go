package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a command of our own binary that serves on loopback.
type process struct {
	Listening string
	Ops       string

	cmd  *exec.Cmd
	said *saying // on stderr
	out  io.ReadCloser
}

// start runs a command of the binary until stop, and waits for the line that says where it listens.
func start(ctx context.Context, binary string, environ []string, args ...string) (*process, error) {
	said, err := listen()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(binary, args...), said: said} //nolint:gosec,noctx // ourselves; stop ends it
	p.cmd.Env, p.cmd.Stderr = environ, said.File
	if p.out, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	stop := context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() }) // it may be gone
	defer stop()
	line, err := bufio.NewReader(p.out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, p)
	}
	if err != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		return nil, fmt.Errorf("%s did not start: %w: %s", args[0], err, p.said)
	}
	return p, nil
}

// stop ends the process and waits for it.
func (p *process) stop() error {
	defer p.said.Close()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.cmd.Args[1], err, p.said)
	}
	return nil
}

// saying is what a process writes on stderr, in a file without a name: it costs us nothing to listen.
type saying struct{ *os.File }

func listen() (*saying, error) {
	f, err := os.CreateTemp("", "bench-said-")
	if err != nil {
		return nil, err
	}
	return &saying{f}, os.Remove(f.Name())
}

// String is the end of it.
func (s *saying) String() string {
	info, err := s.Stat()
	if err != nil {
		return ""
	}
	text := make([]byte, min(info.Size(), 1500))
	n, _ := s.ReadAt(text, info.Size()-int64(len(text))) // what was read is better than nothing
	return string(text[:n])
}

// usage is what a process has used so far, as Linux counts it.
type usage struct {
	cpu           time.Duration
	resident, top int64 // bytes now, and at most
}

func (p *process) usage() (usage, error) {
	dir := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid))
	status, err := os.ReadFile(filepath.Join(dir, "status")) //nolint:gosec // a child of ours
	if err != nil {
		return usage{}, err
	}
	stat, err := os.ReadFile(filepath.Join(dir, "stat")) //nolint:gosec // a child of ours
	if err != nil {
		return usage{}, err
	}
	var u usage
	for line := range strings.Lines(string(status)) {
		name, text, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64) // others are no numbers
		switch name {
		case "VmRSS":
			u.resident = kib << 10
		case "VmHWM":
			u.top = kib << 10
		}
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return u, errors.New("/proc/PID/stat is not as expected")
	}
	for _, ticks := range fields[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			return u, err
		}
		u.cpu += time.Duration(n) * 10 * time.Millisecond
	}
	return u, nil
}

// ownCPU is what this process has used so far.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // it always works for oneself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
