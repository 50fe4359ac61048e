// Package strictjson tells whether a body is JSON that every reader reads alike. encoding/json takes the
// last of two equal keys, mends broken UTF-8 and nests as deep as it is told to; others take the first,
// or stop. What a door lets in must not mean two things.
package strictjson

import (
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may lie in one another.
const MaxDepth = 64

// Fault says what is wrong with a body.
type Fault string

// The faults.
const (
	Syntax       Fault = "not JSON"
	Truncated    Fault = "truncated"
	Trailing     Fault = "something follows the value"
	TooDeep      Fault = "nested too deep"
	DuplicateKey Fault = "a key stands twice in one object"
	BadUTF8      Fault = "not UTF-8"
)

// Error is a fault and the byte it was found at. It quotes nothing of the body.
type Error struct {
	Fault  Fault
	Offset int
}

func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.Fault, e.Offset) }

// Check reports what keeps body from being exactly one JSON value (RFC 8259) in UTF-8, with no key twice
// in an object and nothing deeper than MaxDepth. Keys are compared after their escapes are read; a
// difference in case is a difference.
//
// Errors: *Error.
func Check(body []byte) error {
	c := checker{body: body, keys: make([][]byte, 0, 32)}
	return c.check()
}

func (c *checker) check() error {
	if at := badUTF8(c.body); at >= 0 {
		return &Error{BadUTF8, at}
	}
	c.space()
	c.outermost = c.next() == '{'
	if !c.value(0) {
		return &Error{c.fault, c.at}
	}
	if c.space(); c.at < len(c.body) {
		return &Error{Trailing, c.at}
	}
	return nil
}

// badUTF8 is where body stops being UTF-8, or -1.
func badUTF8(body []byte) int {
	if utf8.Valid(body) {
		return -1
	}
	for at := 0; at < len(body); {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// checker walks over body once. at is where it stands; a method that returns false has set fault.
type checker struct {
	body  []byte
	at    int
	fault Fault
	keys  [][]byte // of the objects that are still open, the innermost last

	// Of Only: what it gives so far, and what it takes.
	out       []byte
	outermost bool // body is an object
	wanted    func(key []byte) bool
}

func (c *checker) fail(f Fault) bool {
	if c.fault = f; f == Syntax && c.at >= len(c.body) {
		c.fault = Truncated
	}
	return false
}

func (c *checker) space() {
	for c.at < len(c.body) {
		switch c.body[c.at] {
		case ' ', '\t', '\n', '\r':
			c.at++
		default:
			return
		}
	}
}

// next is the byte at hand, 0 at the end.
func (c *checker) next() byte {
	if c.at < len(c.body) {
		return c.body[c.at]
	}
	return 0
}

// took steps over b if it is at hand.
func (c *checker) took(b byte) bool {
	if c.at < len(c.body) && c.body[c.at] == b {
		c.at++
		return true
	}
	return false
}

// value steps over one value that lies in depth others.
func (c *checker) value(depth int) bool {
	switch b := c.next(); {
	case b == '{' || b == '[':
		if depth == MaxDepth {
			return c.fail(TooDeep)
		}
		c.at++
		if b == '{' {
			return c.object(depth + 1)
		}
		return c.array(depth + 1)
	case b == '"':
		_, ok := c.text()
		return ok
	case b == '-' || isDigit(b):
		return c.number()
	case b == 't':
		return c.word("true")
	case b == 'f':
		return c.word("false")
	case b == 'n':
		return c.word("null")
	}
	return c.fail(Syntax)
}

// array steps over what follows a '['.
func (c *checker) array(depth int) bool {
	c.space()
	if c.took(']') {
		return true
	}
	for {
		c.space()
		if !c.value(depth) {
			return false
		}
		c.space()
		if c.took(']') {
			return true
		}
		if !c.took(',') {
			return c.fail(Syntax)
		}
	}
}

func (c *checker) word(w string) bool {
	for i := range len(w) {
		if !c.took(w[i]) {
			return c.fail(Syntax)
		}
	}
	return true
}

func (c *checker) number() bool {
	c.took('-')
	if !c.took('0') && !c.digits() {
		return c.fail(Syntax)
	}
	if c.took('.') && !c.digits() {
		return c.fail(Syntax)
	}
	if c.took('e') || c.took('E') {
		if !c.took('+') {
			c.took('-')
		}
		if !c.digits() {
			return c.fail(Syntax)
		}
	}
	return true
}

func (c *checker) digits() bool {
	from := c.at
	for isDigit(c.next()) {
		c.at++
	}
	return c.at > from
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
