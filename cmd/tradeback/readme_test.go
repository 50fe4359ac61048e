package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTheReadmesRehearsalRunsAsItStands runs the README's shell blocks in a folder that has nothing but
// bin/tradeback. Ports are replaced by free ones.
func TestTheReadmesRehearsalRunsAsItStands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlocks(string(readme))
	if len(blocks) == 0 {
		t.Fatal("the README has no shell block")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(builtBinary(t), filepath.Join(dir, "bin", "tradeback")); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	if _, err := exec.LookPath("curl"); err != nil { // a bare machine has none
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(dir, "curl")); err != nil {
			t.Fatal(err)
		}
		path = dir + ":" + path
	}
	for _, block := range blocks {
		for _, port := range []string{"7000", "7001", "7002"} {
			block = strings.ReplaceAll(block, "127.0.0.1:"+port, freeAddress(t))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "bash", "-euc", block)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+path, "TMPDIR="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.WaitDelay = 5 * time.Second
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if err != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it started in the background
			t.Fatalf("%v\n%s\n%s", err, block, out.String())
		}
		if !strings.Contains(out.String(), "completed, regular") {
			t.Errorf("the rehearsal does not end with a completed exchange:\n%s", out.String())
		}
	}
}

// shellBlocks are the README's blocks marked sh: what can be run as it stands. Blocks marked console are
// for reading.
func shellBlocks(text string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(text, "\n```sh\n")
		if !ok {
			return out
		}
		block, after, _ := strings.Cut(rest, "\n```\n")
		out, text = append(out, block), after
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr())
}
