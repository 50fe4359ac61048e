package redis

import (
	"net/url"
	"sync/atomic"

	"github.com/tradeback/tradeback/internal/store"
)

// A connection's keys share a hash tag, so that they lie in one slot and one script can commit a step. A
// script is given all of them, in this order, and knows them by these names. Sorted sets are ordered by
// member: what a member is made of is parted by a zero byte, and times have 19 digits.
var shardKeys = []string{
	"mark",  // string: there once the connection is registered
	"lease", // hash: owner, fence, until (microseconds since 1970)

	"exchanges", // hash: id to JSON
	"heads",     // hash: id to what commits and indexes need of it
	"xids",      // set: id
	"stages",    // set: stage, id
	"raised",    // set: id
	"created",   // set: time, id
	"refs",      // set: name, id, s (shared) or c (a claim)
	"names",     // set: name, id
	"journal",   // set: id, version (19 digits), JSON

	"items",        // hash: id to its row
	"raws",         // hash: id to the body as received
	"ids",          // set: id
	"times",        // set: received, id
	"todo",         // set: kind, due, id; of what waits
	"aside",        // set: state, id; of what is neither done nor ignored
	"of",           // set: exchange, id
	"parked",       // set: ref, whether it is to be gone (1 or 0), id
	"parked_until", // set: received or due, whichever is later; id
	"ignored",      // set: received, id
	"raw_times",    // set: received, id

	"dedupe",       // hash: key to digest (16 bytes) and id
	"dedupe_times", // set: received, key

	"docs",     // hash: bucket and key to version, zero byte, body
	"doc_keys", // set: bucket, key
}

// place is where in a script's keys each of shardKeys is.
var place = func() map[string]int {
	m := map[string]int{}
	for i, name := range shardKeys {
		m[name] = i
	}
	return m
}()

// space is where the names of a store's keys begin, so that several stores can lie in one Redis.
type space string

// usual is the space of a URL that names none.
const usual space = "tb"

// spanning names what spans connections. It has a tag of its own.
type spanning struct {
	schema  string // string: the version of all this
	store   string // string: which store this is, made up when it was begun
	conns   string // set: the connections that may have anything stored
	trial   string // string: counted up to see whether a write works
	changes string // no key, but the channel on which commits are told: process, zero byte, connection
	alive   string // hash: the owners that are announced to until when, and for how long (microseconds)
}

func (s space) spanning() spanning {
	tag := "{" + string(s) + "/all}:"
	return spanning{
		schema: tag + "schema", store: tag + "store", conns: tag + "conns", trial: tag + "trial",
		changes: tag + "changes", alive: tag + "alive",
	}
}

// shard is the names of one connection's keys.
type shard struct {
	conn  store.Conn
	keys  []string
	known atomic.Bool // something was stored in it by this process
}

// shard names the keys of c. The process's own shard, the empty connection, has a tag of its own too.
func (s space) shard(c store.Conn) *shard {
	tag := "{" + string(s) + ":" + url.QueryEscape(string(c)) + "}:"
	if c == "" {
		tag = "{" + string(s) + "/own}:"
	}
	sh := &shard{conn: c, keys: make([]string, len(shardKeys), len(shardKeys)+1)}
	for i, name := range shardKeys {
		sh.keys[i] = tag + name
	}
	return sh
}

// key is one of the shard's keys.
func (s *shard) key(name string) string { return s.keys[place[name]] }

// with is the shard's keys, and the one under which the answer of a call is kept.
func (s *shard) with(call string) []string {
	mark := s.keys[0]
	return append(s.keys[:len(s.keys):len(s.keys)], mark[:len(mark)-len("mark")]+"call:"+call)
}
