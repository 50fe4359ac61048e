package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saved is what a store holds of an exchange after one event.
type saved struct {
	Event    Event    `json:"event"`
	Exchange Exchange `json:"exchange"`
	Entry    Entry    `json:"entry"`
}

// carried is an exchange with a difference from its request to its end, as a store holds it after each event.
func carried(t *testing.T) (all []saved) {
	t.Helper()
	m := newModel(t, 1, testPolicy(), testPrice)
	first := m.x
	m.request()
	m.run()
	m.receive()
	m.run()
	m.portal("return.closed")
	m.run()
	m.ship()
	m.run()
	x := New(first.ID, first.Connection, first.Policy, first.Created)
	for _, ev := range m.seen {
		next, entry, err := Step(x, ev)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, saved{ev, next, entry})
		x = next
	}
	return all
}

// What an earlier version has stored is read whole and goes on, at whatever stage it was left (F20). The file is of
// version 1 of the stores' schema; it is never written anew: a later version gets one of its own beside it.
func TestWhatAnEarlierVersionStoredGoesOn(t *testing.T) {
	const file = "testdata/stored-1.jsonl"
	if _, err := os.Stat(file); os.IsNotExist(err) && *update {
		var b bytes.Buffer
		for _, s := range carried(t) {
			b.WriteString(text(t, s) + "\n")
		}
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []saved
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s saved
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&s); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		var was, is any
		if err := json.Unmarshal(lines.Bytes(), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text(t, s)), &is); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(was, only(is, was)); d != "" {
			t.Fatalf("line %d is not read as it was written (-stored, +read):\n%s", len(all)+1, d)
		}
		all = append(all, s)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	stages := map[Stage]bool{}
	for i, s := range all {
		stages[s.Exchange.Stage] = true
		x := s.Exchange
		for _, next := range all[i+1:] {
			if x, _, err = Decide(x, next.Event); err != nil {
				t.Fatalf("left after line %d, at %s: %v", i+1, s.Exchange.Stage, err)
			}
		}
		if x.Stage != Completed {
			t.Errorf("left after line %d, at %s, it ends at %s; waiting for %v", i+1, s.Exchange.Stage, x.Stage, x.Waiting())
		}
	}
	for _, stage := range []Stage{Requested, Open, Returned, Released, Sent, Completed} {
		if !stages[stage] {
			t.Errorf("nothing stored is at %s", stage)
		}
	}
}

// only is read without the members that a later version has added to stored.
func only(read, stored any) any {
	switch stored := stored.(type) {
	case map[string]any:
		if read, ok := read.(map[string]any); ok {
			left := map[string]any{}
			for name, v := range stored {
				if has, ok := read[name]; ok {
					left[name] = only(has, v)
				}
			}
			return left
		}
	case []any:
		if read, ok := read.([]any); ok && len(read) == len(stored) {
			left := make([]any, len(read))
			for i := range read {
				left[i] = only(read[i], stored[i])
			}
			return left
		}
	}
	return read
}
