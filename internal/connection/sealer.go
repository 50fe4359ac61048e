package connection

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keySize is the length of TRADEBACK_KEY once decoded: AES-256.
const keySize = 32

// Sealer encrypts secrets for the store, with AES-256-GCM under the process's key. It prints as its key's id.
type Sealer struct {
	aead  cipher.AEAD
	id    string
	marks []byte // the key of Mark
}

// NewSealer makes a Sealer from TRADEBACK_KEY: 32 bytes in base64.
func NewSealer(key string) (*Sealer, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(key))
	if err != nil || len(raw) != keySize {
		return nil, errors.New("must be 32 bytes in base64, as from: openssl rand -base64 32")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead, id: hex.EncodeToString(derived(raw, "key id")[:8]), marks: derived(raw, "marks")}, nil
}

// NewSealerKey makes a TRADEBACK_KEY.
func NewSealerKey() string {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)
}

// SealerFrom makes the Sealer that TRADEBACK_KEY, or the file named by TRADEBACK_KEY_FILE, asks for.
// Errors name the variable, never its value.
func SealerFrom(getenv func(string) string, readFile func(string) ([]byte, error)) (*Sealer, error) {
	name, key, path := "TRADEBACK_KEY", getenv("TRADEBACK_KEY"), getenv("TRADEBACK_KEY_FILE")
	switch {
	case key != "" && path != "":
		return nil, errors.New("TRADEBACK_KEY and TRADEBACK_KEY_FILE are both set: one is enough")
	case key == "" && path == "":
		return nil, errors.New("TRADEBACK_KEY is not set: secrets are sealed with it; make one with: openssl rand -base64 32")
	case path != "":
		body, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("TRADEBACK_KEY_FILE: %w", err)
		}
		name, key = "TRADEBACK_KEY_FILE", string(body)
	}
	s, err := NewSealer(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// KeyID names the key without telling anything of it.
func (s *Sealer) KeyID() string { return s.id }

// String gives the key's id.
func (s *Sealer) String() string { return "key " + s.id }

// GoString gives the key's id.
func (s *Sealer) GoString() string { return s.String() }

// Mark is a short name of parts that only equal parts under the same key have. It may be stored: without
// the key nobody can try passwords against it.
func (s *Sealer) Mark(parts ...string) string {
	m := hmac.New(sha256.New, s.marks)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// seal encrypts text for the row named row; it opens under that name only.
func (s *Sealer) seal(text, row string) string {
	sealed := s.aead.Seal(nil, nil, []byte(text), []byte(row)) //nolint:gosec // this AEAD makes a random nonce itself
	return base64.StdEncoding.EncodeToString(sealed)
}

// open decrypts what seal made.
func (s *Sealer) open(sealed, row string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", errors.New("is not base64")
	}
	text, err := s.aead.Open(nil, nil, raw, []byte(row))
	if err != nil {
		return "", errors.New("was sealed for another place, or has been changed")
	}
	return string(text), nil
}

// derived makes a key for one purpose from the process's key.
func derived(key []byte, purpose string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("tradeback " + purpose))
	return m.Sum(nil)
}
