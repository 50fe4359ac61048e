package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/strictjson"
)

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// keys is an object of n different keys, and then one more.
func keys(n int, last string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	b.WriteString(`"` + last + `":0}`)
	return b.String()
}

func TestCheck(t *testing.T) {
	cases := []struct {
		name, body string
		want       strictjson.Fault // empty: nothing is wrong
	}{
		{"an object", `{"a":1,"b":[true,false,null,"x"],"c":{"a":-0.5e+3}}`, ""},
		{"a value alone", ` "x" `, ""},
		{"one key in two objects", `[{"a":1},{"a":2}]`, ""},
		{"one key inside and outside", `{"a":{"a":1},"b":{"a":1}}`, ""},
		{"a key with another case", `{"a":1,"A":2}`, ""},
		{"escapes of every kind", `"\"\\\/\b\f\n\r\t\u00e5\uD83D\uDE00"`, ""},
		{"half of a surrogate pair", `"\ud83d"`, ""},
		{"as deep as may be", nested(strictjson.MaxDepth), ""},
		{"many keys", keys(1000, "k1000"), ""},

		{"a key twice", `{"a":1,"b":2,"a":3}`, strictjson.DuplicateKey},
		{"a key twice in an inner object", `{"a":[{"b":1,"b":1}]}`, strictjson.DuplicateKey},
		{"a key twice, once escaped", `{"abc":1,"a\u0062c":2}`, strictjson.DuplicateKey},
		{"an escaped pair and the letter itself", `{"😀":1,"\ud83d\ude00":2}`, strictjson.DuplicateKey},
		{"two broken pairs that read alike", `{"\ud800":1,"\udfff":2}`, strictjson.DuplicateKey},
		{"the empty key twice", `{"":1,"":2}`, strictjson.DuplicateKey},
		{"a key twice among many", keys(1000, "k500"), strictjson.DuplicateKey},
		{"an inner object, then a key twice", `{"a":{"b":1},"c":1,"c":1}`, strictjson.DuplicateKey},

		{"one deeper than may be", nested(strictjson.MaxDepth + 1), strictjson.TooDeep},
		{"ten thousand brackets", strings.Repeat("[", 10_000), strictjson.TooDeep},
		{"objects too deep", strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), strictjson.TooDeep},

		{"nothing", ``, strictjson.Truncated},
		{"an open object", `{"a":1`, strictjson.Truncated},
		{"an open string", `{"a":"b`, strictjson.Truncated},
		{"half a word", `tru`, strictjson.Truncated},
		{"half an escape", `"\u00`, strictjson.Truncated},

		{"two values", `{} {}`, strictjson.Trailing},
		{"a bracket too many", `[]]`, strictjson.Trailing},
		{"a number that begins with 0", `01`, strictjson.Trailing},

		{"a page of HTML", `<html>`, strictjson.Syntax},
		{"a byte order mark", "\ufeff{}", strictjson.Syntax},
		{"a comma too many", `[1,]`, strictjson.Syntax},
		{"a comma before the brace", `{"a":1,}`, strictjson.Syntax},
		{"single quotes", `{'a':1}`, strictjson.Syntax},
		{"a comment", `{/* */}`, strictjson.Syntax},
		{"NaN", `NaN`, strictjson.Syntax},
		{"a plus sign", `+1`, strictjson.Syntax},
		{"a point without digits", `[1.]`, strictjson.Syntax},
		{"a control character in a string", "\"a\nb\"", strictjson.Syntax},
		{"an unknown escape", `"\x41"`, strictjson.Syntax},
		{"no colon", `{"a" 1}`, strictjson.Syntax},

		{"broken UTF-8 in a string", "{\"a\":\"\xff\"}", strictjson.BadUTF8},
		{"broken UTF-8 after the value", "{}\xc3", strictjson.BadUTF8},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := strictjson.Check([]byte(c.body))
			var got *strictjson.Error
			if errors.As(err, &got); (got == nil) != (c.want == "") || got != nil && got.Fault != c.want {
				t.Errorf("Check = %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheOffsetIsWhereItIs(t *testing.T) {
	for body, want := range map[string]int{`{"a":?}`: 5, "[]x": 2, "ab\xff": 2} {
		var got *strictjson.Error
		if err := strictjson.Check([]byte(body)); !errors.As(err, &got) || got.Offset != want {
			t.Errorf("Check(%q) = %v, want byte %d", body, err, want)
		}
	}
}

func TestALargeObjectCostsLittle(t *testing.T) {
	body := []byte(keys(100_000, "last"))
	if n := testing.AllocsPerRun(1, func() { _ = strictjson.Check(body) }); n > 40 {
		t.Errorf("%d bytes took %.0f allocations", len(body), n)
	}
}

func samples(tb testing.TB) [][]byte {
	tb.Helper()
	names, err := filepath.Glob("../../testdata/payloads/ongoing/*.json")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no samples: %v", err)
	}
	var all [][]byte
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, body)
	}
	return all
}

// FuzzCheck holds Check against encoding/json: what Check takes is valid there too, and what is valid
// there is refused only for what encoding/json does not look at.
func FuzzCheck(f *testing.F) {
	for _, body := range samples(f) {
		f.Add(body)
	}
	f.Add([]byte(`{"a":1,"\u0061":[1e5,-0.1,"\ud83d\ude00"]}`))
	f.Add([]byte(nested(65)))
	f.Fuzz(func(t *testing.T, body []byte) {
		err := strictjson.Check(body)
		valid := json.Valid(body)
		var fault *strictjson.Error
		switch {
		case err == nil && !valid:
			t.Fatalf("taken, but it is not JSON: %q", body)
		case err == nil:
			if twiceByTokens(t, body) {
				t.Fatalf("taken with a key twice: %q", body)
			}
		case !errors.As(err, &fault):
			t.Fatalf("an error of another type: %v", err)
		case valid && fault.Fault != strictjson.DuplicateKey && fault.Fault != strictjson.TooDeep && fault.Fault != strictjson.BadUTF8:
			t.Fatalf("%v, but it is JSON: %q", err, body)
		case valid && fault.Fault == strictjson.DuplicateKey && !twiceByTokens(t, body):
			t.Fatalf("no key stands twice in %q", body)
		}
	})
}

// twiceByTokens finds a doubled key the slow way.
func twiceByTokens(t *testing.T, body []byte) bool {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(body))
	var walk func() bool
	walk = func() bool {
		tok, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		open, ok := tok.(json.Delim)
		if !ok {
			return false
		}
		found, seen := false, map[string]bool{}
		for dec.More() {
			if open == '{' {
				key, err := dec.Token()
				if err != nil {
					t.Fatal(err)
				}
				found = found || seen[key.(string)]
				seen[key.(string)] = true
			}
			found = walk() || found
		}
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
		return found
	}
	return walk()
}

func BenchmarkCheck(b *testing.B) {
	body, err := os.ReadFile("../../testdata/payloads/ongoing/webhook-order-sent.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := strictjson.Check(body); err != nil {
			b.Fatal(err)
		}
	}
}
