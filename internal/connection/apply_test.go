package connection_test

import (
	"errors"
	"testing"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

func TestApplyWritesWhatDiffers(t *testing.T) {
	m, s := newMemory(), sealer(t, 'a')
	want := []connection.Connection{parsed(t, full), parsed(t, named(t, "other", 43))}
	sets, err := connection.Plan(t.Context(), m, s, want)
	if err != nil || len(sets) != 2 || !sets[0].New || len(m.docs) != 0 {
		t.Fatalf("a dry run = %+v, %v, %d documents", sets, err, len(m.docs))
	}
	if _, err := connection.Apply(t.Context(), m, s, want, ida, now); err != nil || len(m.docs) != 2 || m.rounds != 1 {
		t.Fatalf("Apply = %v, %d documents in %d rounds", err, len(m.docs), m.rounds)
	}
	if sets, err = connection.Apply(t.Context(), m, s, want, ida, now); err != nil || len(sets[0].Changes) != 0 || m.rounds != 1 {
		t.Errorf("the same again = %+v, %v, %d rounds", sets, err, m.rounds)
	}
	want[0].Exchanges.DeadlineDays = 30
	sets, err = connection.Apply(t.Context(), m, s, want, ida, now)
	if err != nil || sets[0].New || len(sets[0].Changes) != 1 || len(sets[1].Changes) != 0 || m.rounds != 2 {
		t.Errorf("one change = %+v, %v, %d rounds", sets, err, m.rounds)
	}
}

func TestApplySeesAChangeOfSomebodyElse(t *testing.T) {
	m, s := newMemory(), sealer(t, 'a')
	applied(t, m, full)
	m.meddle = func() { applied(t, m, edited(t, "deadline_days: 21", "deadline_days: 60")) }
	_, err := connection.Apply(t.Context(), m, s, []connection.Connection{parsed(t, edited(t, "deadline_days: 21", "deadline_days: 30"))}, ida, now)
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("Apply = %v, want a conflict", err)
	}
}

func TestApplyRefusesAGoodsOwnerThatIsTaken(t *testing.T) {
	m, s := newMemory(), sealer(t, 'a')
	applied(t, m, full)
	var taken *connection.TakenError
	_, err := connection.Apply(t.Context(), m, s, []connection.Connection{parsed(t, named(t, "other", 42))}, ida, now)
	if !errors.As(err, &taken) || taken.By != "nordwear" || m.rounds != 1 {
		t.Errorf("Apply = %v, want a TakenError and nothing written", err)
	}
	both := []connection.Connection{parsed(t, named(t, "nordwear", 50)), parsed(t, named(t, "other", 42))}
	if _, err := connection.Apply(t.Context(), m, s, both, ida, now); err != nil {
		t.Errorf("a goods owner that the same file gives up: %v", err)
	}
}

func TestApplyWithAnotherKeyWritesNothing(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	var wrong *connection.KeyError
	_, err := connection.Apply(t.Context(), m, sealer(t, 'b'), []connection.Connection{parsed(t, named(t, "other", 43)), parsed(t, full)}, ida, now)
	if !errors.As(err, &wrong) || m.rounds != 1 {
		t.Errorf("Apply = %v, want a KeyError and nothing written", err)
	}
}
