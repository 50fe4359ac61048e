package inbox_test

import (
	"testing"
	"time"
)

func TestAnActThatAnOldEventAsksForHasItsWholeSchedule(t *testing.T) {
	r := newRig(t)
	id := r.receive("api", byLines())
	r.now = r.now.Add(4 * 24 * time.Hour) // the event waited: the process was off, or a person replayed it
	r.pass()
	x := r.item(id).Exchange
	if got := r.item(string(x) + "/create_return/1"); !got.Received.Equal(r.now) {
		t.Errorf("the act is owed since %s, want since %s: from then on its attempts are counted", got.Received, r.now)
	}
}
