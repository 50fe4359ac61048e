package exchange

import "testing"

// Webhooks that come twice, or about what means nothing, are no reason to look less often afterwards.
func TestWhatIsHeardMakesPollsNoRarer(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	for range 10 {
		m.hint(ReadReturnOrder)
		m.run()
	}
	if wait := m.x.reading(ReadReturnOrder).Next.Sub(m.now); wait > 2*pollFirst {
		t.Errorf("the next poll is %s after the last webhook, want about %s", wait, pollFirst)
	}
	for range 4 {
		m.stale()
	}
	if wait := m.x.reading(ReadReturnOrder).Next.Sub(m.now); wait < 2*pollFirst {
		t.Errorf("the next poll is %s after many that brought nothing, want it to become rarer", wait)
	}
}
