package shopify

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
)

// What Shopify may say of an idempotency key, with a code at the top level or, where a payload's errors have none, in
// words alone.
var (
	errKeySpent = errors.New("an attempt with this key has failed, and nothing was done")
	errKeyBusy  = errors.New("an attempt with this key is under way")
)

// keyOf is the idempotency key of an effect: a UUID made of its id, so that every attempt has the same, whoever makes
// it. The n-th is for where Shopify says that nothing came of the ones before.
//
// Shape: a UUID of version 8, whose bits are those of a SHA-256.
func keyOf(id exchange.EffectID, n int) string {
	b := sha256.Sum256(fmt.Appendf(nil, "tradeback:%s:%d", id, n))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
