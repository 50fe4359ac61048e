package store

import (
	"crypto/sha256"
	"encoding/binary"
)

// digestBytes is enough of a hash to tell a text from all others.
const digestBytes = 16

// DedupeKeys are what stands in every engine for an event's dedupe key, for that key with another body, and
// for the digest of its body. An event without a key has none.
func DedupeKeys(it *Item) (key, other, digest []byte) {
	if it.Dedupe == "" {
		return nil, nil, nil
	}
	return keyOf(it.Dedupe), short(it.Dedupe + "\x00" + it.Digest), short(it.Digest)
}

func short(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:digestBytes]
}

// most is how many digits surely fit into 64 bits.
const most = 18

// keyOf is what stands for a dedupe key. Where keys end in a number, as Ongoing's do, it is a hash of what comes
// before and the number as it is: so keys that count up lie beside each other, and a round that keeps many
// events changes few of SQLite's pages.
func keyOf(text string) []byte {
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
	key := append(make([]byte, 0, digestBytes+1+8), short(text[:end])...)
	key = append(key, byte(len(text)-end)) //nolint:gosec // at most 18; it tells 7 from 07
	return binary.BigEndian.AppendUint64(key, n)
}
