package connection_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

func TestSecretsAreSealedAnew(t *testing.T) {
	m, from, to := newMemory(), sealer(t, 'a'), sealer(t, 'b')
	applied(t, m, full, named(t, "other", 43))
	opens := func(s *connection.Sealer) (n int) {
		for _, d := range m.docs {
			c, err := connection.Open(d.Body, s)
			if err == nil && c.Ongoing.Password.Reveal() == "hunter2-ongoing" && len(c.Ongoing.WebhookTokens) == 1 {
				n++
			}
		}
		return n
	}
	var wrong *connection.KeyError
	if _, err := connection.Reseal(t.Context(), m, sealer(t, 'c'), to, ida, now); !errors.As(err, &wrong) || opens(from) != 2 {
		t.Errorf("with a key that opens nothing: %v", err)
	}
	m.meddle = func() { applied(t, m, edited(t, "deadline_days: 21", "deadline_days: 30")) }
	if _, err := connection.Reseal(t.Context(), m, from, to, ida, now); !errors.Is(err, store.ErrConflict) {
		t.Errorf("with a change meanwhile: %v, want a conflict", err)
	}
	before := len(m.lines)
	done, err := connection.Reseal(t.Context(), m, from, to, ida, now) // goes on where it stopped
	if err != nil || opens(from) != 0 || opens(to) != 2 || len(m.lines)-before != len(done) || len(done) == 0 {
		t.Errorf("sealed %v (%v): %d open with the old key, %d with the new one", done, err, opens(from), opens(to))
	}
	if e := m.lines[len(m.lines)-1]; e.Action != "connections.reseal" || fmt.Sprint(e.Changes) != fmt.Sprintf("[{key %s %s}]", from.KeyID(), to.KeyID()) {
		t.Errorf("kept as %+v", e)
	}
	if done, err = connection.Reseal(t.Context(), m, from, to, ida, now); err != nil || len(done) != 0 {
		t.Errorf("once more: %v, %v", done, err)
	}
}
