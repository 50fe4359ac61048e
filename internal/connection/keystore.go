package connection

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/store"
)

// usedEvery is how exactly a key's last use is kept, so that each call does not cost a write.
const usedEvery = time.Hour

// Docs is what this room asks of the store.
type Docs interface {
	Reader
	Apply(ctx context.Context, ops []store.Op) ([]error, error)
}

// SaveKey keeps a key that NewKey made. It is who's doing.
func SaveKey(ctx context.Context, docs Docs, k Key, who audit.Actor) error {
	return putKeys(ctx, docs, k.entry("keys.create", who, k.Created), keyAt{k, 0})
}

// entry is what the audit chain keeps of an action on k.
func (k Key) entry(action string, who audit.Actor, now time.Time) *audit.Entry {
	e := audit.Entry{Actor: who, At: now, Action: action, Target: k.ID, Changes: []audit.Change{
		{Field: "name", After: k.Name}, {Field: "scopes", After: fmt.Sprint(k.Scopes)},
	}}
	return &e
}

// Keys lists every key by id, the revoked ones too.
func Keys(ctx context.Context, docs Reader) ([]Key, error) {
	var keys []Key
	err := each(ctx, docs, KeyBucket, func(d store.Doc) error {
		var k Key
		if err := json.Unmarshal(d.Body, &k); err != nil {
			return fmt.Errorf("decode key %s: %w", d.Key, err)
		}
		keys = append(keys, k)
		return nil
	})
	return keys, err
}

// RevokeKey ends a key. Revoking it again changes nothing. Errors: store.ErrNotFound.
func RevokeKey(ctx context.Context, docs Docs, id string, who audit.Actor, now time.Time) (Key, error) {
	at, err := findKey(ctx, docs, id)
	if err != nil || !at.key.Revoked.IsZero() {
		return at.key, err
	}
	at.key.Revoked = now.UTC()
	e := audit.Entry{Actor: who, At: now, Action: "keys.revoke", Target: id, Changes: []audit.Change{
		{Field: "revoked_at", After: at.key.Revoked.Format(time.RFC3339)},
	}}
	return at.key, putKeys(ctx, docs, &e, at)
}

// EndedError says that a key cannot be replaced, since it is not live any more.
type EndedError struct{ ID string }

func (e *EndedError) Error() string {
	return "key " + e.ID + " is not live any more: make another one"
}

// RotateKey makes a key that may do what the one called id may, and gives that one an end, in one commit. The plaintext
// is given this once.
//
// Errors: store.ErrNotFound; EndedError; store.ErrConflict when the older was changed meanwhile. Then there is no new
// one.
func RotateKey(ctx context.Context, docs Docs, id string, r Rotation, who audit.Actor, now time.Time) (made, older Key, plaintext string, err error) {
	at, err := findKey(ctx, docs, id)
	if err == nil && !at.key.Live(now) {
		err = &EndedError{id}
	}
	if err != nil {
		return Key{}, Key{}, "", err
	}
	if made, plaintext, err = NewKey(at.key.Name, at.key.Scopes, now); err != nil {
		return Key{}, Key{}, "", err
	}
	made.Replaces = id
	e, before := made.entry("keys.rotate", who, now), expiry(at.key)
	if ends := now.UTC().Add(r.Keep); at.key.Expires.IsZero() || ends.Before(at.key.Expires) {
		at.key.Expires = ends
	}
	e.Changes = append(e.Changes, audit.Change{Field: "replaces", After: id}, audit.Change{Field: "older_expires_at", Before: before, After: expiry(at.key)})
	if err := putKeys(ctx, docs, e, keyAt{made, 0}, at); err != nil {
		return Key{}, Key{}, "", err
	}
	return made, at.key, plaintext, nil
}

func expiry(k Key) string {
	if k.Expires.IsZero() {
		return ""
	}
	return k.Expires.Format(time.RFC3339)
}

// UseKey notes that a key was used, if the last note is older than an hour. Errors: store.ErrNotFound,
// store.ErrConflict when somebody else noted it at the same time.
func UseKey(ctx context.Context, docs Docs, k Key, now time.Time) error {
	if now.Sub(k.LastUsed) < usedEvery {
		return nil
	}
	at, err := findKey(ctx, docs, k.ID)
	if err != nil || now.Sub(at.key.LastUsed) < usedEvery {
		return err
	}
	if at.key.LastUsed = now.UTC().Truncate(usedEvery); at.key.LastUsed.Before(at.key.Created) {
		at.key.LastUsed = at.key.Created
	}
	return putKeys(ctx, docs, nil, at)
}

// keyAt is a key and the version of its document; 0: it is not stored yet.
type keyAt struct {
	key     Key
	version uint64
}

// findKey reads a key. Errors: store.ErrNotFound.
func findKey(ctx context.Context, docs Docs, id string) (keyAt, error) {
	doc, err := docAt(ctx, docs, KeyBucket, id)
	if err != nil {
		return keyAt{}, fmt.Errorf("key %s: %w", id, err)
	}
	at := keyAt{version: doc.Version}
	if err := json.Unmarshal(doc.Body, &at.key); err != nil {
		return keyAt{}, fmt.Errorf("decode key %s: %w", id, err)
	}
	return at, nil
}

// putKeys writes keys, all or none, with an entry unless it is nil.
func putKeys(ctx context.Context, docs Docs, e *audit.Entry, keys ...keyAt) error {
	var list []store.Doc
	for _, at := range keys {
		body, err := json.Marshal(at.key)
		if err != nil {
			return fmt.Errorf("encode key %s: %w", at.key.ID, err)
		}
		list = append(list, store.Doc{Bucket: KeyBucket, Key: at.key.ID, Version: at.version, Body: body})
	}
	put := store.Put{Doc: list[0], With: list[1:]}
	if e != nil {
		put.Line = e.Line()
	}
	results, err := docs.Apply(ctx, []store.Op{put})
	if err == nil {
		err = results[0]
	}
	if err != nil {
		return fmt.Errorf("put key %s: %w", keys[0].key.ID, err)
	}
	return nil
}
