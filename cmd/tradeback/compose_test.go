package main

import (
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// TestTheComposedRedisIsOneThatServeIsContentWith starts a Redis with the very settings of docker-compose.yaml, and
// serve with the environment that it gives.
func TestTheComposedRedisIsOneThatServeIsContentWith(t *testing.T) {
	secrets := map[string]string{"TRADEBACK_KEY": testKey, "REDIS_PASSWORD": "0123456789abcdef"}
	file := compose(t, secrets)
	settings := file.Services.Redis.Command
	if len(settings) == 0 || settings[0] != "redis-server" {
		t.Fatalf("redis runs %q", settings)
	}
	server := redistest.Start(t, settings[1:]...)
	given := file.Services.Tradeback.Environment
	url := strings.Replace(given["TRADEBACK_STORE"], "redis:6379", server.Addr, 1)
	e, err := redis.Open(t.Context(), url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := e.Durability(); len(d.Weak) > 0 || d.String() != "what is acknowledged is on the disk" {
		t.Errorf("it promises %s", d)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := redis.Open(t.Context(), "redis://"+server.Addr, redis.Options{}); err == nil {
		t.Error("it can be opened without the password")
	}
	if kind, err := config.StoreKind(given["TRADEBACK_STORE"]); kind != config.Redis || err != nil {
		t.Errorf("the store is %s, %v", kind, err)
	}
	for _, volume := range file.Services.Redis.Volumes {
		name, at, _ := strings.Cut(volume, ":")
		if _, named := file.Volumes[name]; !named || at != "/data" {
			t.Errorf("redis keeps its data in %s, want a named volume at /data", volume)
		}
	}
	if len(file.Services.Redis.Volumes) != 1 || len(file.Services.Redis.Ports) > 0 {
		t.Errorf("redis is %+v; want one volume, and no port", file.Services.Redis)
	}
	healthy(t, file, server)
	v := &victim{t: t, binary: builtBinary(t), dir: t.TempDir(), store: url}
	v.settings()
	v.start()
	v.ready(200)
	v.stop()
}

// healthy asks server as the health check does.
func healthy(t *testing.T, file composed, server *redistest.Server) {
	t.Helper()
	check := file.Services.Redis.Healthcheck.Test
	if len(check) < 2 || check[0] != "CMD" {
		t.Fatalf("the health check is %q", check)
	}
	host, port, err := net.SplitHostPort(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), check[1], append([]string{"-h", host, "-p", port}, check[2:]...)...)
	if err := cmd.Run(); err == nil {
		t.Error("the health check passes without the password")
	}
	cmd = exec.CommandContext(t.Context(), cmd.Path, cmd.Args[1:]...)
	for name, value := range file.Services.Redis.Environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the health check: %v\n%s", err, out)
	}
}

// composed is what the test needs of docker-compose.yaml.
type composed struct {
	Services struct {
		Tradeback struct{ Environment map[string]string }
		Redis     struct {
			Command, Volumes, Ports []string
			Environment             map[string]string
			Healthcheck             struct{ Test []string }
		}
	}
	Volumes map[string]any
}

var required = regexp.MustCompile(`\$\{(\w+):\?[^}]*\}`)

// compose reads docker-compose.yaml as docker compose does with these in its environment.
func compose(t *testing.T, environment map[string]string) (file composed) {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name := range environment {
		if !strings.Contains(string(text), "${"+name+":?") {
			t.Errorf("%s is not asked for", name)
		}
	}
	filled := required.ReplaceAllFunc(text, func(m []byte) []byte {
		return []byte(environment[string(required.FindSubmatch(m)[1])])
	})
	if err := yaml.Unmarshal(filled, &file); err != nil {
		t.Fatal(err)
	}
	return file
}
