package connection_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

var rotateNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// good lists which of the tokens a connection in the store takes at now.
func good(t *testing.T, m *memory, now time.Time, tokens ...string) (out []bool) {
	t.Helper()
	b := connection.NewBook(sealer(t, 'a'))
	if err := b.Load(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c, _ := b.Get("nordwear")
	for _, text := range tokens {
		_, ok := c.Ongoing.WebhookTokens.Match(text, now)
		out = append(out, ok)
	}
	return out
}

func wantGood(t *testing.T, m *memory, now time.Time, want []bool, tokens ...string) {
	t.Helper()
	got := good(t, m, now, tokens...)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("at noon + %s: token %d is taken: %v, want %v", now.Sub(rotateNoon), i+1, got[i], want[i])
		}
	}
}

func rotated(t *testing.T, m *memory, keep time.Duration, now time.Time) string {
	t.Helper()
	_, text, err := connection.RotateToken(t.Context(), m, sealer(t, 'a'), "nordwear", connection.Rotation{Keep: keep, Grace: time.Hour}, ida, now)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBothTokensAreGoodUntilTheOlderEnds(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	first := secretsOf["NORDWEAR_WEBHOOK_TOKEN"]
	second := rotated(t, m, 48*time.Hour, rotateNoon)
	wantGood(t, m, rotateNoon, []bool{true, true}, first, second)
	wantGood(t, m, rotateNoon.Add(48*time.Hour-time.Second), []bool{true, true}, first, second)
	wantGood(t, m, rotateNoon.Add(48*time.Hour), []bool{false, true}, first, second)

	var taken *connection.SlotsError
	_, _, err := connection.RotateToken(t.Context(), m, sealer(t, 'a'), "nordwear", connection.Rotation{Keep: time.Hour}, ida, rotateNoon)
	if !errors.As(err, &taken) || !taken.Ends.Equal(rotateNoon.Add(48*time.Hour)) {
		t.Errorf("a rotation in the middle of one: %v", err)
	}
	third := rotated(t, m, 0, rotateNoon.Add(time.Hour))
	wantGood(t, m, rotateNoon.Add(time.Hour), []bool{false, false, true}, first, second, third)
}

func TestTheOlderTokenEndsWhenTheNewOneHasBeenInUse(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	first := secretsOf["NORDWEAR_WEBHOOK_TOKEN"]
	second := rotated(t, m, 48*time.Hour, rotateNoon)
	made, err := connection.NewToken(second)
	if err != nil {
		t.Fatal(err)
	}
	old, _ := connection.NewToken(first)
	used := rotateNoon.Add(10 * time.Minute)
	for _, c := range []struct {
		by   connection.Token
		want bool
	}{{old, false}, {made, true}, {made, false}} {
		done, err := connection.Succeed(t.Context(), m, sealer(t, 'a'), "nordwear", c.by.ID(), used)
		if err != nil || done != c.want {
			t.Errorf("Succeed = %v, %v, want %v", done, err, c.want)
		}
	}
	wantGood(t, m, used.Add(time.Hour-time.Second), []bool{true, true}, first, second)
	wantGood(t, m, used.Add(time.Hour), []bool{false, true}, first, second)
}

// A serve that starts applies its file again: that must not undo a rotation.
func TestAFileThatNamesAnOlderTokenDoesNotUndoARotation(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	first := secretsOf["NORDWEAR_WEBHOOK_TOKEN"]
	second := rotated(t, m, time.Hour, rotateNoon)
	later := rotateNoon.Add(2 * time.Hour)
	applied(t, m, full)
	wantGood(t, m, rotateNoon, []bool{true, true}, first, second)
	wantGood(t, m, later, []bool{false, true}, first, second)
	third := rotated(t, m, time.Hour, later)
	rounds := m.rounds
	applied(t, m, full)
	if m.rounds != rounds {
		t.Error("the same file was written again")
	}
	wantGood(t, m, later, []bool{false, true, true}, first, second, third)

	// One that names the new token, before the older has ended, ends neither.
	named := func(token string) string { return edited(t, `"${NORDWEAR_WEBHOOK_TOKEN}"`, token) }
	applied(t, m, named(third))
	wantGood(t, m, later, []bool{false, true, true}, first, second, third)

	// One that names only what nobody knows is a new beginning, but what was rotated out stays out.
	applied(t, m, named("another-token-of-somebody"))
	wantGood(t, m, later, []bool{false, false, false, true}, first, second, third, "another-token-of-somebody")
	applied(t, m, full)
	wantGood(t, m, later, []bool{false, false, false, true}, first, second, third, "another-token-of-somebody")
}

func TestARotatedKeyGoesOnUntilItsEnd(t *testing.T) {
	m := newMemory()
	old, text, err := connection.NewKey("shop app", []connection.Scope{connection.ScopeRead}, rotateNoon)
	if err != nil {
		t.Fatal(err)
	}
	if err := connection.SaveKey(t.Context(), m, old, ida); err != nil {
		t.Fatal(err)
	}
	made, _, again, err := connection.RotateKey(t.Context(), m, old.ID, connection.Rotation{Keep: time.Hour}, ida, rotateNoon)
	if err != nil || again == text || made.Replaces != old.ID || made.Name != old.Name || !made.May(connection.ScopeRead) || made.May(connection.ScopeWrite) {
		t.Fatalf("RotateKey = %+v, %v", made, err)
	}
	b := connection.NewBook(sealer(t, 'a'))
	if err := b.Load(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		at   time.Time
		want bool
	}{
		{text, rotateNoon.Add(time.Hour - 1), true},
		{text, rotateNoon.Add(time.Hour), false},
		{again, rotateNoon.Add(1000 * time.Hour), true},
	} {
		if k, ok := b.Key(c.text); !ok || k.Live(c.at) != c.want {
			t.Errorf("at noon + %s: live %v, want %v", c.at.Sub(rotateNoon), k.Live(c.at), c.want)
		}
	}
	var ended *connection.EndedError
	if _, _, _, err := connection.RotateKey(t.Context(), m, old.ID, connection.Rotation{}, ida, rotateNoon.Add(2*time.Hour)); !errors.As(err, &ended) {
		t.Errorf("a key that has ended: %v", err)
	}
	if _, _, _, err := connection.RotateKey(t.Context(), m, "key_none", connection.Rotation{}, ida, rotateNoon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such key: %v", err)
	}
}

func TestWhatWasHeardOnlyGrows(t *testing.T) {
	m := newMemory()
	c := parsed(t, full)
	id := c.Ongoing.WebhookTokens[0].ID()
	at := func(d time.Duration) connection.Heard {
		when := rotateNoon.Add(d)
		return connection.Heard{
			Doors:  map[string]time.Time{"ongoing": when},
			Tokens: map[string]connection.Use{id: {First: when, Last: when}, "gone": {First: when, Last: when}},
		}
	}
	for _, d := range []time.Duration{time.Minute, 0, time.Second} {
		if _, err := connection.NoteHeard(t.Context(), m, c, at(d)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := connection.HeardOf(t.Context(), m, "nordwear")
	use := got.Tokens[id]
	if err != nil || !got.Doors["ongoing"].Equal(rotateNoon.Add(time.Minute)) || len(got.Tokens) != 1 || !use.First.Equal(rotateNoon) || !use.Last.Equal(rotateNoon.Add(time.Minute)) {
		t.Errorf("HeardOf = %+v, %v", got, err)
	}
	delete(got.Tokens, "gone")
	if news := at(90 * time.Second); got.News(connection.Heard{Doors: news.Doors}, time.Minute) || !got.News(connection.Heard{Doors: news.Doors}, time.Second) {
		t.Error("News does not go by the step")
	}
	if none, err := connection.HeardOf(t.Context(), m, exchange.Conn("other")); err != nil || len(none.Doors) != 0 {
		t.Errorf("of another: %+v, %v", none, err)
	}
}
