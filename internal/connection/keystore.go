package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// usedEvery is how exactly a key's last use is kept, so that each call does not cost a write.
const usedEvery = time.Hour

// Docs is what this room asks of the store.
type Docs interface {
	Reader
	Apply(ctx context.Context, ops []store.Op) ([]error, error)
}

// SaveKey keeps a key that NewKey made.
func SaveKey(ctx context.Context, docs Docs, k Key) error { return putKey(ctx, docs, k, 0) }

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
func RevokeKey(ctx context.Context, docs Docs, id string, now time.Time) (Key, error) {
	return changeKey(ctx, docs, id, func(k *Key) bool {
		if !k.Revoked.IsZero() {
			return false
		}
		k.Revoked = now.UTC()
		return true
	})
}

// EndedError says that a key cannot be replaced, since it is not live any more.
type EndedError struct{ ID string }

func (e *EndedError) Error() string {
	return "key " + e.ID + " is not live any more: make another one"
}

// RotateKey makes a key that may do what the one called id may, and gives that one an end. The plaintext is given
// this once.
//
// Errors: store.ErrNotFound; EndedError; store.ErrConflict when the older was changed meanwhile. Then there is no new
// one.
func RotateKey(ctx context.Context, docs Docs, id string, r Rotation, now time.Time) (made, older Key, plaintext string, err error) {
	older, err = changeKey(ctx, docs, id, func(*Key) bool { return false })
	if err == nil && !older.Live(now) {
		err = &EndedError{id}
	}
	if err != nil {
		return Key{}, Key{}, "", err
	}
	if made, plaintext, err = NewKey(older.Name, older.Scopes, now); err != nil {
		return Key{}, Key{}, "", err
	}
	made.Replaces = older.ID
	if err := SaveKey(ctx, docs, made); err != nil {
		return Key{}, Key{}, "", err
	}
	older, err = changeKey(ctx, docs, id, func(k *Key) bool {
		ends := now.UTC().Add(r.Keep)
		if !k.Expires.IsZero() && !ends.Before(k.Expires) {
			return false
		}
		k.Expires = ends
		return true
	})
	if err != nil { // a key that nobody has seen is of no use
		_, dropErr := docs.Apply(ctx, []store.Op{store.Put{Doc: store.Doc{Bucket: KeyBucket, Key: made.ID, Version: 1}}})
		return Key{}, Key{}, "", errors.Join(err, dropErr)
	}
	return made, older, plaintext, nil
}

// UseKey notes that a key was used, if the last note is older than an hour. Errors: store.ErrNotFound,
// store.ErrConflict when somebody else noted it at the same time.
func UseKey(ctx context.Context, docs Docs, k Key, now time.Time) error {
	if now.Sub(k.LastUsed) < usedEvery {
		return nil
	}
	_, err := changeKey(ctx, docs, k.ID, func(k *Key) bool {
		if now.Sub(k.LastUsed) < usedEvery {
			return false
		}
		k.LastUsed = now.UTC().Truncate(usedEvery)
		return true
	})
	return err
}

// changeKey reads the key, lets change have it, and writes it if change says so.
func changeKey(ctx context.Context, docs Docs, id string, change func(*Key) bool) (Key, error) {
	doc, err := docAt(ctx, docs, KeyBucket, id)
	if err != nil {
		return Key{}, fmt.Errorf("key %s: %w", id, err)
	}
	var k Key
	if err := json.Unmarshal(doc.Body, &k); err != nil {
		return Key{}, fmt.Errorf("decode key %s: %w", id, err)
	}
	if !change(&k) {
		return k, nil
	}
	return k, putKey(ctx, docs, k, doc.Version)
}

func putKey(ctx context.Context, docs Docs, k Key, version uint64) error {
	body, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encode key %s: %w", k.ID, err)
	}
	results, err := docs.Apply(ctx, []store.Op{store.Put{Doc: store.Doc{Bucket: KeyBucket, Key: k.ID, Version: version, Body: body}}})
	if err == nil {
		err = results[0]
	}
	if err != nil {
		return fmt.Errorf("put key %s: %w", k.ID, err)
	}
	return nil
}
