package connection

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/oklog/ulid/v2"
)

// KeyBucket holds a document per API key, by id, in the process's own shard of the store.
const KeyBucket = "keys"

// Scope is what an API key may do.
type Scope string

// The scopes. None includes another.
const (
	ScopeRead  Scope = "read"
	ScopeWrite Scope = "write"
	ScopeAdmin Scope = "admin"
)

// Scopes lists every scope.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeAdmin} }

// Key is an API key, of which only the SHA-256 hash is kept.
type Key struct {
	ID       string    `json:"id"` // key_ and a ULID
	Name     string    `json:"name"`
	Scopes   []Scope   `json:"scopes"`
	Hash     string    `json:"hash"` // SHA-256 of the key, in hex
	Created  time.Time `json:"created_at"`
	LastUsed time.Time `json:"last_used_at,omitzero"` // to the hour
	Revoked  time.Time `json:"revoked_at,omitzero"`
	Expires  time.Time `json:"expires_at,omitzero"` // zero: never
	Replaces string    `json:"replaces,omitempty"`  // the key that it was made to replace
}

// NewKey makes a key of 256 random bits. The plaintext is given this once.
//
// Errors: when name is empty or a scope is not one.
func NewKey(name string, scopes []Scope, now time.Time) (Key, string, error) {
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, unicode.IsControl) {
		return Key{}, "", fmt.Errorf("a key needs a name: one line of 1 to 100 characters")
	}
	if len(scopes) == 0 {
		return Key{}, "", fmt.Errorf("a key needs at least one of the scopes %v", Scopes())
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			return Key{}, "", fmt.Errorf("%q is not one of the scopes %v", s, Scopes())
		}
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	plaintext := "tb_" + base64.RawURLEncoding.EncodeToString(raw)
	id, err := ulid.New(ulid.Timestamp(now), rand.Reader)
	if err != nil {
		return Key{}, "", fmt.Errorf("make key id: %w", err)
	}
	sorted := slices.Clone(scopes)
	slices.SortFunc(sorted, func(a, b Scope) int { return slices.Index(Scopes(), a) - slices.Index(Scopes(), b) })
	return Key{
		ID: "key_" + id.String(), Name: name, Scopes: slices.Compact(sorted), Hash: keyHash(plaintext), Created: now.UTC(),
	}, plaintext, nil
}

// Live reports whether k is good at now.
func (k Key) Live(now time.Time) bool {
	return k.Revoked.IsZero() && (k.Expires.IsZero() || now.Before(k.Expires))
}

// May reports whether k is not revoked and has the scope.
func (k Key) May(s Scope) bool { return k.Revoked.IsZero() && slices.Contains(k.Scopes, s) }

// keyHash is how a key is stored and looked up. The hash of a 256-bit random key needs no salt.
func keyHash(plaintext string) string {
	sum := sha256.Sum256([]byte(plaintext))
	return hex.EncodeToString(sum[:])
}
