package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builtBinary is tradeback as `make build` makes it, built once for all tests. TestMain removes it.
func builtBinary(t *testing.T) string {
	t.Helper()
	name, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// builtIn is the folder of what was built; empty: nothing was.
var builtIn string

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tradeback-test-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	name := filepath.Join(dir, "tradeback")
	cmd := exec.Command("go", "build", "-o", name, ".") // no one test's context: all of them use it
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return name, nil
})

// removeBuilt removes what was built.
func removeBuilt() {
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
}
