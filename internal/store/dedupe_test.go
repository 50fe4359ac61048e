package store

import (
	"bytes"
	"testing"
)

func TestKeysThatCountUpLieBesideEachOther(t *testing.T) {
	const before = `ongoing:"nordwear"/webhookOrdersId=21/`
	last := keyOf(before + "879999")
	for _, n := range []string{"880000", "880001", "880010", "899999", "1000000", "999999999999999999"} {
		key := keyOf(before + n)
		if bytes.Compare(last, key) >= 0 || !bytes.Equal(last[:16], key[:16]) {
			t.Errorf("the key of %s is %x, after %x", n, key, last)
		}
		last = key
	}
}

func TestNoTwoKeysAreOne(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{
		"", "a", "a1", "a01", "a001", "a10", "b1", "1", "01", "10", "a1b", "a1b1", "a11b1", "1a",
		"a123456789012345678", "a1123456789012345678", "a11123456789012345678", "a0123456789012345678",
		"evt_3f2a", "evt_3f2", "evt_3f22", "6b1f8f6e-0c38-4c41-8f36-8f4b5f0e1122", "6b1f8f6e-0c38-4c41-8f36-8f4b5f0e1123",
	} {
		key := string(keyOf(text))
		if before, ok := seen[key]; ok {
			t.Errorf("%q and %q have one key", before, text)
		}
		seen[key] = text
	}
}
