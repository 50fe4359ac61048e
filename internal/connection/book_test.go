package connection_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

var now = time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)

func applied(t *testing.T, m *memory, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := connection.Apply(t.Context(), m, sealer(t, 'a'), []connection.Connection{parsed(t, text)}, ida, now); err != nil {
			t.Fatal(err)
		}
	}
}

func named(t *testing.T, name string, owner int) string {
	return edited(t, "name: nordwear", "name: "+name, "goods_owner_id: 42", fmt.Sprintf("goods_owner_id: %d", owner))
}

func TestBookFollowsTheStore(t *testing.T) {
	m, b := newMemory(), connection.NewBook(sealer(t, 'a'))
	applied(t, m, full, named(t, "other", 43))
	if err := b.Load(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c, ok := b.Get("nordwear")
	if !ok || c.Ongoing.Password.Reveal() != "hunter2-ongoing" || len(b.All()) != 2 {
		t.Fatalf("Get = %+v, %v of %d", c, ok, len(b.All()))
	}
	if _, ok := b.Get("nobody"); ok {
		t.Error("a connection that does not exist is found")
	}
	version := b.Version()
	if err := b.Load(t.Context(), m); err != nil || b.Version() != version {
		t.Errorf("Load of nothing new = %v, version %d, want %d", err, b.Version(), version)
	}
	applied(t, m, edited(t, "deadline_days: 21", "deadline_days: 30"))
	if err := b.Load(t.Context(), m); err != nil || b.Version() == version {
		t.Errorf("Load of something new = %v, version still %d", err, version)
	}
	if c, _ = b.Get("nordwear"); c.Exchanges.DeadlineDays != 30 {
		t.Errorf("deadline = %d, want 30", c.Exchanges.DeadlineDays)
	}
}

func TestAConnectionThatCannotBeOpenedIsToldOnceAndSkipped(t *testing.T) {
	m, b := newMemory(), connection.NewBook(sealer(t, 'b'))
	applied(t, m, full)
	if _, err := connection.Apply(t.Context(), m, sealer(t, 'b'), []connection.Connection{parsed(t, named(t, "other", 43))}, ida, now); err != nil {
		t.Fatal(err)
	}
	var wrong *connection.KeyError
	if err := b.Load(t.Context(), m); !errors.As(err, &wrong) || wrong.Connection != "nordwear" {
		t.Fatalf("Load = %v, want a KeyError of nordwear", err)
	}
	if _, ok := b.Get("other"); !ok || len(b.All()) != 1 {
		t.Error("the other connection is not there")
	}
	if err := b.Load(t.Context(), m); err != nil {
		t.Errorf("told twice: %v", err)
	}
	if b.Broken()["nordwear"] == nil {
		t.Error("Broken does not name it")
	}
}

func TestBookIsSafeForManyReaders(t *testing.T) {
	m, b := newMemory(), connection.NewBook(sealer(t, 'a'))
	applied(t, m, full)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				b.Get("nordwear")
				b.All()
				b.Key("tb_x")
				if err := b.Load(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestKeysAreFoundByTheirPlaintextUntilRevoked(t *testing.T) {
	m, b := newMemory(), connection.NewBook(sealer(t, 'a'))
	k, plaintext, err := connection.NewKey("ci", []connection.Scope{"write", "read", "read"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(plaintext, "tb_") || len(plaintext) != len("tb_")+43 || fmt.Sprint(k.Scopes) != "[read write]" {
		t.Errorf("NewKey = %q, scopes %v", plaintext, k.Scopes)
	}
	if err := connection.SaveKey(t.Context(), m, k, ida); err != nil {
		t.Fatal(err)
	}
	for _, d := range m.docs {
		if strings.Contains(string(d.Body), plaintext) {
			t.Errorf("the store holds the key itself: %s", d.Body)
		}
	}
	if err := b.Load(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got, ok := b.Key(plaintext)
	if !ok || got.ID != k.ID || !got.May(connection.ScopeRead) || got.May(connection.ScopeAdmin) {
		t.Fatalf("Key = %+v, %v", got, ok)
	}
	for _, wrong := range []string{"", "tb_", plaintext + "x", got.Hash} {
		if k, ok := b.Key(wrong); ok {
			t.Errorf("Key(%q) = %+v", wrong, k)
		}
	}
	if _, err := connection.RevokeKey(t.Context(), m, k.ID, ida, now); err != nil {
		t.Fatal(err)
	}
	if _, err := connection.RevokeKey(t.Context(), m, "key_none", ida, now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoking a key that does not exist = %v", err)
	}
	if err := b.Load(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Key(plaintext); ok {
		t.Error("a revoked key is found")
	}
	if all, err := connection.Keys(t.Context(), m); err != nil || len(all) != 1 || all[0].Revoked.IsZero() {
		t.Errorf("Keys = %+v, %v, want the revoked one", all, err)
	}
}

func TestAKeysLastUseIsNotedOnceAnHour(t *testing.T) {
	m := newMemory()
	k, _, err := connection.NewKey("ci", []connection.Scope{"read"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := connection.SaveKey(t.Context(), m, k, ida); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{0, time.Second, 20 * time.Minute, 29 * time.Minute} {
		if err := connection.UseKey(t.Context(), m, k, now.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	if m.rounds != 2 {
		t.Errorf("%d rounds, want 2: the key saved, its first use", m.rounds)
	}
	if all, err := connection.Keys(t.Context(), m); err != nil || all[0].LastUsed.Before(all[0].Created) {
		t.Errorf("Keys = %+v, %v: used before it was made", all, err)
	}
}

func TestNewKeyRefusesWhatIsNoKey(t *testing.T) {
	for _, c := range []struct {
		name   string
		scopes []connection.Scope
	}{{"", []connection.Scope{"read"}}, {"two\nlines", []connection.Scope{"read"}}, {strings.Repeat("a", 101), []connection.Scope{"read"}}, {"ci", nil}, {"ci", []connection.Scope{"root"}}} {
		if _, _, err := connection.NewKey(c.name, c.scopes, now); err == nil {
			t.Errorf("NewKey(%q, %v) makes one", c.name, c.scopes)
		}
	}
}
