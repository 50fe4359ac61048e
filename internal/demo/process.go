package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a command of the binary that keeps running.
type process struct {
	name string
	cmd  *exec.Cmd
	log  tail          // of its stderr
	gone chan struct{} // closed when it has ended
	err  error         // how it ended; to be read when gone is closed
}

// start runs a command of the binary and decodes the line that it says when it is ready into ready.
func start(ctx context.Context, binary string, environ []string, ready any, args ...string) (*process, error) {
	p := &process{name: args[0], cmd: exec.CommandContext(context.WithoutCancel(ctx), binary, args...), gone: make(chan struct{})} //nolint:gosec // ourselves
	p.cmd.Env, p.cmd.Stderr = environ, &p.log
	endWithUs(p.cmd)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	first := make(chan []byte, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadBytes('\n')
		first <- line
		_, _ = io.Copy(io.Discard, out)
		p.err = p.cmd.Wait()
		close(p.gone)
	}()
	select {
	case <-ctx.Done():
		p.kill()
		return nil, context.Cause(ctx)
	case line := <-first:
		if err := json.Unmarshal(line, ready); err != nil {
			p.kill()
			return nil, fmt.Errorf("%s did not say that it is ready: %s", p.name, p.last())
		}
	}
	return p, nil
}

// stopping is how long a process may take to stop: serve lets requests at hand end, and a connection that a
// client has opened and not used yet counts as one for some seconds.
const stopping = 20 * time.Second

// stop asks the process to end, and ends it if it does not. Errors: when it had to be ended, or failed.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only if it is gone
	select {
	case <-p.gone:
	case <-time.After(stopping):
		p.kill()
		return fmt.Errorf("%s did not stop when asked to", p.name)
	}
	if p.err != nil {
		return fmt.Errorf("%s ended badly: %w: %s", p.name, p.err, p.last())
	}
	return nil
}

// kill ends the process at once.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
}

// alive reports whether the process is still running.
func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// killed reports whether the process, which is gone, was ended by SIGKILL.
func (p *process) killed() bool {
	var exit *exec.ExitError
	if !errors.As(p.err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// last is the end of what the process said on stderr, as one line.
func (p *process) last() string {
	text := strings.TrimSpace(p.log.String())
	if text == "" {
		return "it said nothing"
	}
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}

// once runs a command of the binary to its end and decodes what it prints.
func once(ctx context.Context, binary string, environ []string, answer any, args ...string) error {
	cmd := exec.CommandContext(ctx, binary, args...) //nolint:gosec // ourselves
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = environ, &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args[:2], " "), err, strings.TrimSpace(errs.String()))
	}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args[:2], " "), err)
	}
	return nil
}

// tail keeps the last 64 KiB of what is written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - 64<<10; over > 0 {
		t.text = t.text[over:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
