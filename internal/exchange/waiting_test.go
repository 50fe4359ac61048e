package exchange

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryConditionThatIsWaitedForSaysWhatWouldSatisfyIt(t *testing.T) {
	var walk func(Condition)
	walk = func(c Condition) {
		if len(c.parts) == 0 && c.met == "" && c.name != instant.name && c.name != regular.name && c.name != processHere.name {
			t.Errorf("nobody says what would satisfy %q", c)
		}
		for _, p := range c.parts {
			walk(p)
		}
	}
	for _, r := range rules {
		if r.To != "" && r.To != Cancelling && r.Raise == "" || slices.Contains([]string{placeOrders.name, process.name, fulfill.name}, r.Ask.name) {
			walk(r.When)
		}
	}
	walk(invoicePaid)
	for _, a := range Acts() {
		if answers[a.Peer] == "" {
			t.Errorf("nobody says who answers to %s", a.Kind)
		}
	}
}

// lacks is what m waits for, by its words.
func (m *model) lacks() map[string]Waiting {
	out := map[string]Waiting{}
	for _, w := range m.x.Waiting() {
		out[w.Condition] = w
	}
	return out
}

func TestWhatIsWaitedForIsSaidWithSinceWhen(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.request()
	m.run()
	opened := m.x.Since[len(m.x.Since)-1].At
	if m.x.Stage != Open {
		t.Fatalf("stage %s", m.x.Stage)
	}
	const earned = "return order Returned or return closed"
	if w := m.lacks()[earned]; !w.Since.Equal(opened) || !strings.Contains(w.By, "receiving the return order") || !strings.Contains(w.By, " or the return portal closing") {
		t.Errorf("waiting for %+v, want %q since %s", m.lacks(), earned, opened)
	}
	if _, strange := m.lacks()[restSettled.String()]; strange {
		t.Errorf("waiting for %v, though nothing was taken back", m.lacks())
	}
	m.now = m.now.Add(time.Hour)
	m.portal("return.paused")
	paused := m.now
	m.run()
	m.now = m.now.Add(time.Hour)
	m.portal("return.closed")
	m.run()
	if w := m.lacks()["not paused"]; m.x.Stage != Returned || len(m.lacks()) != 1 || !strings.Contains(w.By, "return.resumed") || !w.Since.Equal(m.x.Since[len(m.x.Since)-1].At) {
		t.Errorf("stage %s, waiting for %+v, want that it is not paused alone, since it was returned", m.x.Stage, m.lacks())
	}
	if w := notPaused.unmet(&m.x, opened)[0]; !w.Since.Equal(paused) {
		t.Errorf("paused since %s, want %s", w.Since, paused)
	}
}
