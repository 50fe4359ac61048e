package strictjson

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// few is how many keys are compared each with each; more are sorted first, so that an object of a
// hundred thousand keys costs no more than its length asks for.
const few = 16

// object steps over what follows a '{'.
func (c *checker) object(depth int) bool {
	c.space()
	if c.took('}') {
		return true
	}
	mine := len(c.keys)
	for {
		c.space()
		if c.next() != '"' {
			return c.fail(Syntax)
		}
		from := c.at
		key, ok := c.text()
		if !ok {
			return false
		}
		c.keys = append(c.keys, key)
		c.space()
		if !c.took(':') {
			return c.fail(Syntax)
		}
		c.space()
		if !c.member(depth, from, key) {
			return false
		}
		c.space()
		if c.took('}') {
			break
		}
		if !c.took(',') {
			return c.fail(Syntax)
		}
	}
	if twice(c.keys[mine:]) {
		return c.fail(DuplicateKey)
	}
	c.keys = c.keys[:mine]
	return true
}

// twice reports whether two of keys are equal. It may change their order.
func twice(keys [][]byte) bool {
	if len(keys) > few {
		slices.SortFunc(keys, bytes.Compare)
		for i := 1; i < len(keys); i++ {
			if bytes.Equal(keys[i-1], keys[i]) {
				return true
			}
		}
		return false
	}
	for i := range keys {
		for j := range i {
			if bytes.Equal(keys[i], keys[j]) {
				return true
			}
		}
	}
	return false
}

// text steps over a string and returns what stands between its quotes, escapes read.
func (c *checker) text() ([]byte, bool) {
	c.at++
	from, escaped := c.at, false
	for c.at < len(c.body) {
		switch b := c.body[c.at]; {
		case b == '"':
			c.at++
			raw := c.body[from : c.at-1]
			if escaped {
				raw = unescaped(raw)
			}
			return raw, true
		case b < ' ':
			return nil, c.fail(Syntax)
		case b == '\\':
			escaped = true
			if !c.escape() {
				return nil, c.fail(Syntax)
			}
		default:
			c.at++
		}
	}
	return nil, c.fail(Syntax)
}

// escape steps over a backslash and what it stands for.
func (c *checker) escape() bool {
	c.at++
	switch c.next() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.at++
		return true
	case 'u':
		c.at++
		for range 4 {
			if hex(c.next()) < 0 {
				return false
			}
			c.at++
		}
		return true
	}
	return false
}

// unescaped reads the escapes of raw, all of them known to be well formed. Half of a surrogate pair
// reads as U+FFFD, as encoding/json has it.
func unescaped(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := code(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				r = utf8.RuneError
				if i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
					if pair := utf16.DecodeRune(code(raw[i-3:]), code(raw[i+3:])); pair != utf8.RuneError {
						r, i = pair, i+6
					}
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, raw[i])
		}
	}
	return out
}

// code is the number that four hexadecimal digits write.
func code(digits []byte) rune {
	var r rune
	for _, d := range digits[:4] {
		r = r<<4 | hex(d)
	}
	return r
}

// hex is what one hexadecimal digit counts, -1 for anything else.
func hex(b byte) rune {
	switch {
	case '0' <= b && b <= '9':
		return rune(b - '0')
	case 'a' <= b && b <= 'f':
		return rune(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return rune(b-'A') + 10
	}
	return -1
}
