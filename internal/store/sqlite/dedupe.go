package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
)

// short is enough of a text's hash to tell it from all others.
func short(text string) blob {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}

// most is how many digits surely fit into 64 bits.
const most = 18

// keyOf is what stands for a dedupe key. Where keys end in a number, as Ongoing's do, it is a hash of what comes
// before and the number as it is: so keys that count up lie beside each other, and a round that keeps many
// events changes few pages.
func keyOf(text string) blob {
	end := len(text)
	for end > 0 && len(text)-end < most && '0' <= text[end-1] && text[end-1] <= '9' {
		end--
	}
	if end == len(text) {
		return short(text)
	}
	var n uint64
	for _, d := range []byte(text[end:]) {
		n = 10*n + uint64(d-'0')
	}
	sum := sha256.Sum256([]byte(text[:end]))
	key := append(make(blob, 0, 16+1+8), sum[:16]...)
	key = append(key, byte(len(text)-end)) //nolint:gosec // at most 18; it tells 7 from 07
	return binary.BigEndian.AppendUint64(key, n)
}
