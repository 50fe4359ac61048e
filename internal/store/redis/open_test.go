package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

func TestARedisThatMayLoseEventsIsRefusedUnlessThatIsAccepted(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru")
	_, err := redis.Open(t.Context(), server.URL(), redis.Options{})
	var weak *redis.WeakError
	if !errors.As(err, &weak) || len(weak.Weak) != 2 {
		t.Fatalf("got %v, want two weaknesses", err)
	}
	for _, want := range []string{"appendfsync is everysec, and should be always", "maxmemory-policy is allkeys-lru, and should be noeviction", "--durability=relaxed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	e := open(t, server.URL(), redis.Options{Relaxed: true})
	if d := e.Durability(); len(d.Weak) != 2 || d.Masters != 1 || !strings.Contains(d.String(), "may be lost") {
		t.Errorf("durability %+v", d)
	}
}

func TestADurableRedisSaysSo(t *testing.T) {
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	if d := e.Durability(); len(d.Weak) != 0 || d.Masters != 1 || d.Replicas != 0 || d.String() != "what is acknowledged is on the disk" {
		t.Errorf("durability %+v: %s", d, d)
	}
	cluster := redistest.StartCluster(t)
	if d := open(t, cluster.URL(), redis.Options{}).Durability(); d.Masters != 3 || len(d.Weak) != 0 {
		t.Errorf("durability %+v", d)
	}
}

func TestAStoreOfAnotherSchemaIsLeftAlone(t *testing.T) {
	server := redistest.Start(t)
	open(t, server.URL(), redis.Options{})
	if err := server.Client(t).Set(t.Context(), "{tb/all}:schema", "99", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var version *redis.VersionError
	if _, err := redis.Open(t.Context(), server.URL(), redis.Options{}); !errors.As(err, &version) || version.Found != "99" {
		t.Fatalf("got %v", err)
	}
}

func TestAURLThatIsWrongSaysHowWithoutItsPassword(t *testing.T) {
	for text, want := range map[string]string{
		"redis+other://u:hunter2@h":             "no kind of Redis",
		"redis+sentinel://u:hunter2@h:1":        "master_name",
		"redis://u:hunter2@h:port":              "cannot be read",
		"redis://u:hunter2@h/db":                "database",
		"redis://u:hunter2@h?nonsense=1":        "nonsense",
		"mysql://u:hunter2@h":                   "begins with redis://",
		"redis://u:hunter2@127.0.0.1:1/?db=0":   "refused",
		"redis+cluster://u:hunter2@127.0.0.1:1": "refused",
	} {
		_, err := redis.Open(t.Context(), text, redis.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestTLSWithAUserOfItsOwn(t *testing.T) {
	cert, key := certificate(t)
	server := redistest.Start(t)
	c := server.Client(t)
	for _, set := range [][]string{{"tls-cert-file", cert}, {"tls-key-file", key}, {"tls-auth-clients", "no"}} {
		if err := c.ConfigSet(t.Context(), set[0], set[1]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	addr := redistest.FreePort(t)
	if err := c.ConfigSet(t.Context(), "tls-port", addr[strings.LastIndex(addr, ":")+1:]).Err(); err != nil {
		t.Fatal(err)
	}
	user := []string{"on", ">secret", "~{tb*", "+@all", "-@dangerous", "+config|get", "+info"}
	if err := c.ACLSetUser(t.Context(), "tradeback", user...).Err(); err != nil {
		t.Fatal(err)
	}
	e := open(t, "rediss://tradeback:secret@"+addr+"/?skip_verify=true", redis.Options{})
	apply(t, e, received("ev_1"), whole(owned(t, e, "me"), 1))
	if _, err := redis.Open(t.Context(), "rediss://tradeback:secret@"+addr, redis.Options{}); err == nil {
		t.Error("a certificate that nobody vouches for was taken")
	}
	if _, err := redis.Open(t.Context(), "rediss://tradeback:wrong@"+addr+"/?skip_verify=true", redis.Options{}); err == nil {
		t.Error("a wrong password was taken")
	}
}

// certificate is a server's, with its key, in two files.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, b []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", bytes)
}

func TestBehindSentinelTheMasterIsFound(t *testing.T) {
	server := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, "orders", server)
	e := open(t, "redis+sentinel://"+sentinel.Addr+"?master_name=orders", redis.Options{})
	apply(t, e, received("ev_1"), whole(owned(t, e, "me"), 1))
	if conns, err := e.Conns(context.Background()); err != nil || !slices.Contains(conns, shop) {
		t.Fatalf("connections %v, %v", conns, err)
	}
	if n := goredis.NewClient(&goredis.Options{Addr: server.Addr}).DBSize(t.Context()).Val(); n == 0 {
		t.Fatal("the master has nothing")
	}
}

func TestTheTimeIsThatOfRedis(t *testing.T) {
	for name, url := range map[string]string{"alone": redistest.Start(t).URL(), "cluster": redistest.StartCluster(t).URL()} {
		e := open(t, url, redis.Options{})
		before := time.Now().Add(-time.Millisecond)
		got, err := e.Time(t.Context())
		if err != nil || got.Before(before) || got.After(time.Now().Add(time.Millisecond)) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
