package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// folded is what the journal of a model says, line by line.
func folded(t tb, m *model) (all []Exchange, lines []Entry) {
	for _, line := range m.journal {
		var e Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			all = append(all, Unfolded(m.x.Connection, e))
		}
		x, err := Fold(all[len(all)-1], e)
		if err != nil {
			t.Fatal(err)
		}
		all, lines = append(all, x), append(lines, e)
	}
	return all, lines
}

func TestTheJournalAloneSaysWhatAnExchangeIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, _ := moneyStory(t)
		if rapid.Bool().Draw(t, "told twice, late and shuffled") {
			m = story(t)
		}
		all, _ := folded(t, m)
		if d := cmp.Diff(text(t, m.x), text(t, all[len(all)-1])); d != "" {
			t.Fatalf("(-decided, +folded):\n%s", d)
		}
	})
}

func TestWhatIsMendedWithdrawnAndRestoredIsInTheJournalToo(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.request()
	m.deliver(0)
	m.absorb(Event{ID: "ev_missing", Kind: EventRead, At: m.now, Source: "tradeback", Read: &ReadResult{Target: ReadShop, Want: 1, Missing: &Missing{Target: ReadShop, Code: string(ReturnNotFound)}}})
	if len(m.x.Raised) != 1 {
		t.Fatalf("raised %v, want that the return was not found", m.x.Raised)
	}
	m.hint(ReadShop)
	m.run()
	if len(m.x.Raised) != 0 {
		t.Fatalf("raised %v, want nothing once it was found", m.x.Raised)
	}
	m.hang = MarkReturned
	m.portal("return.closed")
	m.run()
	mark := m.x.Asked[len(m.x.Asked)-1].ID
	for i, ev := range []Event{
		{Kind: EventOutcome, Outcome: &Outcome{Effect: mark, Kind: MarkReturned, Result: Dead}},
		{Kind: EventDead, Dead: &DeadAsk{Effect: mark}},
		{Kind: EventRecovered},
		{Kind: EventCancel, Cancel: &CancelAsk{By: "person"}},
	} {
		ev.ID, ev.At = fmt.Sprint("ev_person_", i), m.now.Add(time.Minute)
		m.absorb(ev)
	}
	if m.x.Stage != Cancelling || !m.x.Recovering() || !m.x.Asked[len(m.x.Asked)-1].Withdrawn {
		t.Fatalf("%s, recovering %t, asked for %+v", m.x.Stage, m.x.Recovering(), m.x.Asked)
	}
	all, _ := folded(t, m)
	if d := cmp.Diff(text(t, m.x), text(t, all[len(all)-1])); d != "" {
		t.Fatalf("(-decided, +folded):\n%s", d)
	}
}

func TestTheRulesOfNowDecideOverTheJournalAsTheyDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, lines := folded(t, story(t))
		for i, e := range lines {
			_, again, err := Step(all[i], e.Event)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(text(t, e), text(t, again)); d != "" {
				t.Fatalf("line %d (-recorded, +decided anew):\n%s", e.Version, d)
			}
		}
	})
}

func TestALineThatDoesNotFollowIsNamed(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.request()
	m.run()
	all, lines := folded(t, m)
	for name, c := range map[string]struct {
		at    int
		spoil func(*Entry)
		want  string
	}{
		"another's":               {1, func(e *Entry) { e.Exchange = "ex_2" }, "not of ex_1"},
		"one is missing":          {1, func(e *Entry) { e.Version++ }, "of version 1"},
		"another stage":           {1, func(e *Entry) { e.From = Sent }, "begins at sent"},
		"no policy":               {0, func(e *Entry) { e.Event.Policy = nil }, "the policy"},
		"a stage out of thin air": {1, func(e *Entry) { e.To = Sent }, "how sent was reached"},
		"an event of no kind":     {1, func(e *Entry) { e.Event.Kind = "no" }, "refused"},
		"an act never asked for":  {1, func(e *Entry) { e.Effects = []Effect{{ID: "ex_1/release/9", Withdraw: true}} }, "not asked for"},
	} {
		e := lines[c.at]
		c.spoil(&e)
		x, err := Fold(all[c.at], e)
		var fault *FoldError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.want) || text(t, x) != text(t, all[c.at]) {
			t.Errorf("%s: %v, want %q and the exchange as it was", name, err, c.want)
		}
	}
}
