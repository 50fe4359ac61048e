package redis_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
	"github.com/tradeback/tradeback/internal/store/storetest"
)

// rule is what tradeback's user may do at most, as the README says.
const rule = "~{tb* &{tb* -@all +@read +@write +@pubsub +@connection -@dangerous +eval +evalsha +wait +time +info +config|get +bgrewriteaof +cluster|slots"

// TestContractOverTLSByAUserWhoMayDoNoMoreThanItMust runs the contract in a process of its own, since a process
// reads once which CAs it trusts.
func TestContractOverTLSByAUserWhoMayDoNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	server, addr, ca := redistest.StartTLS(t)
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(readme), "-@all") && !strings.Contains(string(readme), rule) {
		t.Errorf("the README names another rule than %s", rule)
	}
	if err := server.Client(t).ACLSetUser(t.Context(), "tradeback", append(strings.Fields(rule), "on", ">secret")...).Err(); err != nil {
		t.Fatal(err)
	}
	url := "rediss://tradeback:secret@" + addr
	if _, err := redis.Open(t.Context(), url, redis.Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOverTLS$", "-test.v")
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+ca, "TEST_TLS="+url, "TEST_PLAIN="+server.Addr)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestOverTLS") {
		t.Fatalf("%v\n%s", err, out)
	}
	refused, err := server.Client(t).ACLLog(t.Context(), 100).Result()
	if err != nil || len(refused) == 0 {
		t.Errorf("Redis refused nobody: %v", err)
	}
	for _, r := range refused {
		if r.Reason != "auth" { // a wrong password is tried
			t.Errorf("Redis refused %+v", r)
		}
	}
}

// TestOverTLS is the part of TestContractOverTLS… in the other process.
func TestOverTLS(t *testing.T) {
	url := os.Getenv("TEST_TLS")
	if url == "" {
		return
	}
	c := goredis.NewClient(&goredis.Options{Addr: os.Getenv("TEST_PLAIN")})
	t.Cleanup(func() { c.Close() })
	storetest.Run(t, func(t *testing.T) store.Engine {
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return open(t, url, redis.Options{})
	})
	if _, err := redis.Open(t.Context(), strings.Replace(url, "secret", "wrong", 1), redis.Options{}); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("a wrong password: %v", err)
	}
}
