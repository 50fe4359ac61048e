package redis

import (
	"slices"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
)

func TestWhoAsksForConnectionsThatThereAreNotIsNotRemembered(t *testing.T) {
	e := &Engine{space: usual}
	for _, c := range []store.Conn{"nordwear", "a", "b", "c"} {
		if got := e.shard(c); got.conn != c {
			t.Fatalf("the shard of %q is %q's", c, got.conn)
		}
	}
	written := e.written("nordwear")
	if e.shard("nordwear") != written || e.written("nordwear") != written {
		t.Error("what was written for is not remembered")
	}
	n := 0
	e.shards.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d connections are remembered, want one", n)
	}
}

func TestTheKeysOfAConnectionShareOneTag(t *testing.T) {
	seen := map[string]store.Conn{}
	for _, space := range []space{usual, "demo-1"} {
		for _, c := range []store.Conn{"", "nordwear", "own", "all", "a}b", "{a", "a:b", "a/b", "å b"} {
			s := space.shard(c)
			tag, _, ok := strings.Cut(s.keys[0], "}")
			if !ok || len(tag) < 2 || tag[0] != '{' {
				t.Fatalf("%q has no tag: %s", c, s.keys[0])
			}
			if other, taken := seen[tag]; taken {
				t.Errorf("%q and %q share the tag %s}", c, other, tag)
			}
			seen[tag] = c
			for _, key := range s.with("1") {
				if !strings.HasPrefix(key, tag+"}:") {
					t.Errorf("key %s of %q is not behind %s}", key, c, tag)
				}
			}
		}
	}
	all := usual.spanning()
	for _, key := range []string{all.schema, all.store, all.conns, all.trial, all.alive} {
		tag, _, _ := strings.Cut(key, "}")
		if other, taken := seen[tag]; taken {
			t.Errorf("%s lies with %q", key, other)
		}
	}
	if sorted := slices.Sorted(slices.Values(shardKeys)); len(slices.Compact(sorted)) != len(shardKeys) {
		t.Error("two keys have one name")
	}
}
