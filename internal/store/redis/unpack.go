package redis

import (
	"encoding/binary"
	"errors"
)

// unpackFirst reads what a script has packed with cmsgpack: the first of the lists in a list, whose members are
// all texts.
func unpackFirst(packed string) ([]string, error) {
	p := unpacker{rest: []byte(packed)}
	if p.length(0x90, 0x0f, 0, 0xdc, 0xdd) < 1 {
		return nil, errPacked
	}
	texts := make([]string, max(0, p.length(0x90, 0x0f, 0, 0xdc, 0xdd)))
	for i := range texts {
		texts[i] = p.text()
	}
	if p.bad {
		return nil, errPacked
	}
	return texts, nil
}

var errPacked = errors.New("what a script has packed cannot be read")

type unpacker struct {
	rest []byte
	bad  bool
}

func (p *unpacker) take(n int) []byte {
	if n < 0 || n > len(p.rest) {
		p.bad = true
		return make([]byte, 4)
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

// length reads how long a list or a text is: in the low bits of a byte, or in one, two or four bytes after one.
func (p *unpacker) length(fix, low, one, two, four byte) int {
	switch b := p.take(1)[0]; {
	case b&^low == fix:
		return int(b & low)
	case b == one:
		return int(p.take(1)[0])
	case b == two:
		return int(binary.BigEndian.Uint16(p.take(2)))
	case b == four:
		if n := binary.BigEndian.Uint32(p.take(4)); int64(n) <= int64(len(p.rest)) {
			return int(n)
		}
	}
	p.bad = true
	return 0
}

func (p *unpacker) text() string { return string(p.take(p.length(0xa0, 0x1f, 0xd9, 0xda, 0xdb))) }
