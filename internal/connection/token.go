package connection

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// shortestToken is how many characters a webhook token needs. 32 hex digits make 128 bits.
const shortestToken = 16

// slots is how many webhook tokens can be live at once.
const slots = 2

// Token is the fixed X-Auth-Token of a warehouse's webhooks, of which only the SHA-256 digest is kept.
// It prints as ***.
type Token struct {
	digest *[sha256.Size]byte
	life   life
}

// life is what rotations have made of a token. The zero life is that of one from connections.yaml.
type life struct {
	made  time.Time     // by a rotation; zero: not by one
	ends  time.Time     // it is refused from then on; zero: never
	grace time.Duration // it is refused when its successor has been used for so long, if that is sooner
}

// NewToken digests text. Errors: when it is too short or cannot travel in a header.
func NewToken(text string) (Token, error) {
	if len(text) < shortestToken {
		return Token{}, fmt.Errorf("must have at least %d characters, better 32 random hex digits (128 bits)", shortestToken)
	}
	for _, r := range text {
		if r <= ' ' || r > '~' {
			return Token{}, errors.New("must be of visible ASCII characters without spaces")
		}
	}
	sum := sha256.Sum256([]byte(text))
	return Token{digest: &sum}, nil
}

// IsZero reports whether there is no token.
func (t Token) IsZero() bool { return t.digest == nil }

// ID names the token without telling anything of it: its digest, in hex.
func (t Token) ID() string { return t.hex() }

// Made is when a rotation made the token; zero: it is from connections.yaml.
func (t Token) Made() time.Time { return t.life.made }

// Ends is from when on the token is refused; zero: it has no end yet.
func (t Token) Ends() time.Time { return t.life.ends }

// Live reports whether the token is good at now.
func (t Token) Live(now time.Time) bool {
	return !t.IsZero() && (t.life.ends.IsZero() || now.Before(t.life.ends))
}

// Equal reports whether both are the same token.
func (t Token) Equal(o Token) bool { return t.hex() == o.hex() }

// Format prints ***, whatever the verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// MarshalText gives ***.
func (t Token) MarshalText() ([]byte, error) { return []byte(mask), nil }

// UnmarshalText digests the token itself.
func (t *Token) UnmarshalText(text []byte) (err error) {
	*t, err = NewToken(string(text))
	return err
}

// UnmarshalJSON digests the token itself; *** is read as none, since stored digests come from elsewhere.
func (t *Token) UnmarshalJSON(body []byte) error {
	var text string
	if err := json.Unmarshal(body, &text); err != nil {
		return err
	}
	if text == mask {
		*t = Token{}
		return nil
	}
	return t.UnmarshalText([]byte(text))
}

// hex is the digest as it is stored.
func (t Token) hex() string {
	if t.IsZero() {
		return ""
	}
	return hex.EncodeToString(t.digest[:])
}

// tokenFromHex reads a stored digest.
func tokenFromHex(text string) (Token, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha256.Size {
		return Token{}, errors.New("not a SHA-256 digest in hex")
	}
	digest := [sha256.Size]byte(raw)
	return Token{digest: &digest}, nil
}

// Tokens are the tokens of a connection: those of the two slots, and behind them those that were rotated out,
// which are never taken again.
type Tokens []Token

// Match says which slot presented fits at now. Both slots are always compared, also where there is only one token
// or none, so that the time tells nothing: ask nil Tokens for a connection that does not exist.
func (ts Tokens) Match(presented string, now time.Time) (slot int, ok bool) {
	var none [sha256.Size]byte // no text that anybody knows has this digest
	sum := sha256.Sum256([]byte(presented))
	slot = -1
	for i := range slots {
		digest, live := &none, 0
		if i < len(ts) && ts[i].Live(now) {
			digest, live = ts[i].digest, 1
		}
		fits := subtle.ConstantTimeCompare(sum[:], digest[:]) & live
		slot = subtle.ConstantTimeSelect(fits, i, slot)
	}
	return slot, slot >= 0
}

// Slots are the tokens that may be live.
func (ts Tokens) Slots() Tokens { return ts[:min(len(ts), slots)] }
