package strictjson_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/tradeback/tradeback/internal/strictjson"
)

func TestOnlyGivesWhatIsWanted(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,"order":{"c":{"d":[1]}},"e":[{"order":2},3],"g":"x"}`: `{"order":{"c":{"d":[1]}},"g":"x"}`,
		` { "g" : "x" , "b" : { "g" : 1 } , "order" : [ 1 ] } `:       `{"g" : "x","order" : [ 1 ]}`,
		`{"\u006frder":{"n":1},"b":2}`:                                `{"\u006frder":{"n":1}}`,
		`{"b":2}`:                                                     `{}`,
		`{}`:                                                          `{}`,
		`[{"order":{"b":1},"c":1}]`:                                   `[{"order":{"b":1},"c":1}]`,
		`7`:                                                           `7`,
	} {
		got, err := strictjson.Only([]byte(in), wanted)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
}

func wanted(key []byte) bool { return string(key) == "order" || string(key) == "g" }

func FuzzOnly(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1]},"order":{"c":"}"},"g":["]"]}`, `{"a":{},"a":1}`, `{"a":[`, `[{"a":{}}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := strictjson.Only(body, wanted)
		if want := strictjson.Check(body); (err == nil) != (want == nil) {
			t.Fatalf("Only says %v, Check says %v", err, want)
		}
		if err != nil {
			return
		}
		var whole, part map[string]json.RawMessage
		if json.Unmarshal(body, &whole) != nil { // no object
			return
		}
		maps.DeleteFunc(whole, func(key string, _ json.RawMessage) bool { return !wanted([]byte(key)) })
		if err := json.Unmarshal(got, &part); err != nil || len(part) != len(whole) {
			t.Fatalf("%s became %s: %v", body, got, err)
		}
		for key, value := range whole {
			if string(part[key]) != string(value) {
				t.Fatalf("%q became %s, want %s", key, part[key], value)
			}
		}
	})
}
