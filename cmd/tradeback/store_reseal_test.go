package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretsAreSealedWithAnotherKey(t *testing.T) {
	r := newRig(t)
	r.env["PASSWORD"], r.env["TRADEBACK_ALLOW_HOST"] = "hunter2-password", "127.0.0.1:9,"+strings.TrimPrefix(shopURL, "http://")
	path := filepath.Join(r.dir, "next.key")
	r.want(exitNotFound, "store", "reseal", "--to", path)
	r.want(0, "apply", "-f", r.file("connections.yaml", connectionsTo("http://127.0.0.1:9", "100")), "--yes")
	r.want(exitUsage, "store", "reseal")
	e := r.store(true)
	r.want(exitRefused, "store", "reseal", "--to", path) // it is served
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	r.want(exitFailed, "store", "reseal", "--to", r.file("bad.key", "short"))

	var got resealed
	r.json(&got, "store", "reseal", "--to", path)
	if len(got.Connections) != 1 || got.Connections[0] != "nordwear" {
		t.Fatalf("%+v", got)
	}
	if made, err := os.Stat(path); err != nil || made.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", made, err)
	}
	r.want(exitRefused, "token", "rotate", "--connection", "nordwear") // the old key opens nothing
	delete(r.env, "TRADEBACK_KEY")
	r.env["TRADEBACK_KEY_FILE"] = path
	r.want(0, "token", "rotate", "--connection", "nordwear")
	if text := r.want(0, "audit", "list").out; !strings.Contains(text, "connections.reseal") || !strings.Contains(text, got.Key) {
		t.Errorf("the audit chain has no word of it:\n%s", text)
	}
}
