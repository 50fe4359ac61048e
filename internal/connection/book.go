package connection

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Book is the directory of connections and API keys that doors and workers ask. It answers from memory,
// as of the last Load, and is safe for concurrent use.
type Book struct {
	sealer *Sealer
	mu     sync.Mutex // one Load at a time
	now    atomic.Pointer[pages]
}

// pages is what a Book knows at one moment. It is never changed.
type pages struct {
	version     uint64
	connections map[string]entry
	keys        map[string]keyEntry
	byName      map[exchange.Conn]Connection
	byHash      map[string]Key
	all         []Connection
}

// entry is a connection as it was read from the document at version, or why it cannot be.
type entry struct {
	version    uint64
	connection Connection
	err        error
}

// keyEntry is a key as it was read from the document at version.
type keyEntry struct {
	version uint64
	key     Key
	err     error
}

// NewBook is an empty book, which opens what it loads with s.
func NewBook(s *Sealer) *Book {
	b := &Book{sealer: s}
	b.now.Store(&pages{})
	return b
}

// Load brings the book up to date. Only documents that changed are opened. A connection or key that cannot
// be opened is left out and told once, as a part of err; the others are loaded all the same.
func (b *Book) Load(ctx context.Context, docs Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.now.Load()
	next := &pages{version: was.version, connections: map[string]entry{}, keys: map[string]keyEntry{}}
	changed, broken := false, []error(nil)
	err := each(ctx, docs, Bucket, func(d store.Doc) error {
		e, known := was.connections[d.Key]
		if !known || e.version != d.Version {
			changed = true
			e = b.open(d)
			broken = append(broken, e.err)
		}
		next.connections[d.Key] = e
		return nil
	})
	if err != nil {
		return err
	}
	err = each(ctx, docs, KeyBucket, func(d store.Doc) error {
		e, known := was.keys[d.Key]
		if !known || e.version != d.Version {
			changed = true
			e = openKey(d)
			broken = append(broken, e.err)
		}
		next.keys[d.Key] = e
		return nil
	})
	if err != nil {
		return err
	}
	if !changed && len(next.connections) == len(was.connections) && len(next.keys) == len(was.keys) {
		return nil
	}
	next.version++
	next.index()
	b.now.Store(next)
	return errors.Join(broken...)
}

func (b *Book) open(d store.Doc) entry {
	c, err := Open(d.Body, b.sealer)
	if err == nil && string(c.Name) != d.Key {
		err = fmt.Errorf("connection %s is stored under the name %s", c.Name, d.Key)
	}
	return entry{d.Version, c, err}
}

func openKey(d store.Doc) keyEntry {
	e := keyEntry{version: d.Version}
	if err := json.Unmarshal(d.Body, &e.key); err != nil {
		e.err = fmt.Errorf("decode key %s: %w", d.Key, err)
	}
	return e
}

// index makes the ways by which the pages are asked.
func (p *pages) index() {
	p.byName, p.byHash = map[exchange.Conn]Connection{}, map[string]Key{}
	for _, e := range p.connections {
		if e.err == nil {
			p.byName[e.connection.Name] = e.connection
		}
	}
	p.all = slices.SortedFunc(maps.Values(p.byName), func(a, b Connection) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range p.keys {
		if e.err == nil && e.key.Revoked.IsZero() {
			p.byHash[e.key.Hash] = e.key
		}
	}
}

// Get gives the connection of that name. What it points to is shared: leave it as it is.
func (b *Book) Get(name exchange.Conn) (Connection, bool) {
	c, ok := b.now.Load().byName[name]
	return c, ok
}

// All lists the connections by name, the disabled ones too.
func (b *Book) All() []Connection { return slices.Clone(b.now.Load().all) }

// Broken says why connections that are stored are not in the book, by name.
func (b *Book) Broken() map[string]error {
	broken := map[string]error{}
	for name, e := range b.now.Load().connections {
		if e.err != nil {
			broken[name] = e.err
		}
	}
	return broken
}

// Key finds the live key that plaintext is. It is looked up by its hash, which tells the time nothing.
func (b *Book) Key(plaintext string) (Key, bool) {
	hash := keyHash(plaintext)
	k := b.now.Load().byHash[hash]
	return k, subtle.ConstantTimeCompare([]byte(hash), []byte(k.Hash)) == 1
}

// Version grows whenever a Load found something changed, so that others notice cheaply.
func (b *Book) Version() uint64 { return b.now.Load().version }
