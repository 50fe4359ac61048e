package strictjson_test

import (
	"encoding/json"
	"testing"

	"github.com/tradeback/tradeback/internal/strictjson"
)

func TestShallowLeavesOutWhatLiesInside(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,"b":{"c":{"d":[1]}},"e":[{"f":2},3],"g":"x"}`: `{"a":1,"b":{},"e":[],"g":"x"}`,
		` { "b" : { "c" : 1 } , "e" : [ ] } `:                 ` { "b" : {} , "e" : [] } `,
		`{"order":{"n":[1,{"m":2}]},"b":{"order":{"n":1}}}`:   `{"order":{"n":[1,{"m":2}]},"b":{}}`,
		`{"\u006frder":{"n":1}}`:                              `{"\u006frder":{"n":1}}`,
		`{}`:                                                  `{}`,
		`[{"a":{"b":1}}]`:                                     `[{"a":{"b":1}}]`,
		`[[1]]`:                                               `[[1]]`,
		`7`:                                                   `7`,
	} {
		got, err := strictjson.Shallow([]byte(in), func(key []byte) bool { return string(key) == "order" })
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
}

func FuzzShallow(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1]},"order":{"c":"}"},"d":["]"]}`, `{"a":{},"a":1}`, `{"a":[`, `[{"a":{}}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := strictjson.Shallow(body, func(key []byte) bool { return string(key) == "order" })
		if want := strictjson.Check(body); (err == nil) != (want == nil) {
			t.Fatalf("Shallow says %v, Check says %v", err, want)
		}
		if err != nil {
			return
		}
		var whole, part map[string]json.RawMessage
		if json.Unmarshal(body, &whole) != nil { // no object, or one that ends early
			return
		}
		if err := json.Unmarshal(got, &part); err != nil || len(part) != len(whole) {
			t.Fatalf("%s became %s: %v", body, got, err)
		}
		for key, value := range whole {
			want := string(value)
			if key != "order" && (value[0] == '{' || value[0] == '[') {
				want = map[byte]string{'{': "{}", '[': "[]"}[value[0]]
			}
			if string(part[key]) != want {
				t.Fatalf("%q became %s, want %s", key, part[key], want)
			}
		}
	})
}
