package connection_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

// fileSubscriber is full with a subscriber of the file's.
func fileSubscriber(t *testing.T) string {
	return edited(t, "    exchanges:\n", "    announcements:\n      - {name: erp, url: https://erp.example.com/hooks, events: [exchange.*], secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}\n    exchanges:\n")
}

// changed is what applying text has changed.
func changed(t *testing.T, m *memory, text string) []connection.ChangeSet {
	t.Helper()
	sets, err := connection.Apply(t.Context(), m, sealer(t, 'a'), []connection.Connection{parsed(t, text)}, ida, now)
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

func wanted(name string) connection.Subscriber {
	return connection.Subscriber{Name: name, URL: connection.NewSecret("https://crm.example.com/hooks?key=hush"), Events: []string{"exchange.sent"}}
}

func subscribed(t *testing.T, m *memory, name string) string {
	t.Helper()
	_, secret, err := connection.Subscribe(t.Context(), m, sealer(t, 'a'), "nordwear", wanted(name), connection.Options{}, ida, rotateNoon)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// subscribers are those of the connection in the store, by name.
func subscribers(t *testing.T, m *memory) (names []string, by map[string]connection.Subscriber) {
	t.Helper()
	b := connection.NewBook(sealer(t, 'a'))
	if err := b.Load(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c, _ := b.Get("nordwear")
	by = map[string]connection.Subscriber{}
	for _, s := range c.Announcements {
		names, by[s.Name] = append(names, s.Name), s
	}
	slices.Sort(names)
	return names, by
}

func TestWhatTheAPIMadeStaysWhenAFileIsApplied(t *testing.T) {
	m := newMemory()
	applied(t, m, fileSubscriber(t))
	secret := subscribed(t, m, "crm")
	if sets := changed(t, m, fileSubscriber(t)); len(sets[0].Changes) != 0 {
		t.Errorf("the same file again changes %+v", sets[0].Changes)
	}
	names, by := subscribers(t, m)
	if !slices.Equal(names, []string{"crm", "erp"}) || by["crm"].Secrets[0].Reveal() != secret || !by["crm"].API || by["erp"].API {
		t.Fatalf("%v, %+v", names, by)
	}
	sets := changed(t, m, full)
	if names, _ = subscribers(t, m); !slices.Equal(names, []string{"crm"}) {
		t.Fatalf("without the file's subscriber there are %v", names)
	}
	for _, c := range sets[0].Changes {
		if strings.HasPrefix(c.Field, "announcements[0]") {
			t.Errorf("the file's change shows what is the API's: %+v", c)
		}
	}
	applied(t, m, strings.Replace(fileSubscriber(t), "name: erp", "name: crm", 1))
	if names, by = subscribers(t, m); !slices.Equal(names, []string{"crm"}) || by["crm"].API {
		t.Fatalf("a name that the file has taken: %v, of the API: %v", names, by["crm"].API)
	}
}

func TestTheAPIChangesWhatItMadeAlone(t *testing.T) {
	m := newMemory()
	applied(t, m, fileSubscriber(t))
	subscribed(t, m, "crm")
	s, ctx, o := sealer(t, 'a'), t.Context(), connection.Options{}
	to := connection.NewSecret("https://other.example.com/")
	if _, err := connection.ChangeSubscriber(ctx, m, s, "nordwear", "crm", &to, nil, o, ida, rotateNoon); err != nil {
		t.Fatal(err)
	}
	if _, err := connection.ChangeSubscriber(ctx, m, s, "nordwear", "crm", nil, []string{"settlement.*"}, o, ida, rotateNoon); err != nil {
		t.Fatal(err)
	}
	_, by := subscribers(t, m)
	if got := by["crm"]; got.URL.Reveal() != to.Reveal() || !slices.Equal(got.Events, []string{"settlement.*"}) || len(got.Secrets) != 1 {
		t.Fatalf("%+v", got)
	}
	var refused *connection.SubscriberError
	_, err := connection.ChangeSubscriber(ctx, m, s, "nordwear", "erp", &to, nil, o, ida, rotateNoon)
	if !errors.As(err, &refused) || refused.Code != "kept_in_file" {
		t.Errorf("change of the file's: %v", err)
	}
	if _, _, err = connection.RotateSubscriber(ctx, m, s, "nordwear", "erp", time.Hour, ida, rotateNoon); !errors.As(err, &refused) || refused.Code != "kept_in_file" {
		t.Errorf("rotation of the file's: %v", err)
	}
	if err = connection.Unsubscribe(ctx, m, s, "nordwear", "erp", ida, rotateNoon); !errors.As(err, &refused) || refused.Code != "kept_in_file" {
		t.Errorf("removal of the file's: %v", err)
	}
	if _, _, err = connection.Subscribe(ctx, m, s, "nordwear", wanted("erp"), o, ida, rotateNoon); !errors.As(err, &refused) || refused.Code != "name_taken" {
		t.Errorf("another one of the name: %v", err)
	}
	if err := connection.Unsubscribe(ctx, m, s, "nordwear", "crm", ida, rotateNoon); err != nil {
		t.Fatal(err)
	}
	if err := connection.Unsubscribe(ctx, m, s, "nordwear", "crm", ida, rotateNoon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if names, _ := subscribers(t, m); !slices.Equal(names, []string{"erp"}) {
		t.Fatalf("left are %v", names)
	}
}

func TestBothSecretsSignUntilTheOlderEnds(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	first := subscribed(t, m, "crm")
	s := sealer(t, 'a')
	_, second, err := connection.RotateSubscriber(t.Context(), m, s, "nordwear", "crm", time.Hour, ida, rotateNoon)
	if err != nil {
		t.Fatal(err)
	}
	signs := func(at time.Time) (out []string) {
		_, by := subscribers(t, m)
		for _, s := range by["crm"].Live(at) {
			out = append(out, s.Reveal())
		}
		return out
	}
	if got := signs(rotateNoon.Add(time.Hour - 1)); !slices.Equal(got, []string{first, second}) {
		t.Errorf("before the end %d sign", len(got))
	}
	if got := signs(rotateNoon.Add(time.Hour)); !slices.Equal(got, []string{second}) {
		t.Errorf("after the end %d sign", len(got))
	}
	var refused *connection.SubscriberError
	if _, _, err := connection.RotateSubscriber(t.Context(), m, s, "nordwear", "crm", time.Hour, ida, rotateNoon); !errors.As(err, &refused) || refused.Code != "rotation_under_way" {
		t.Errorf("a third: %v", err)
	}
	_, third, err := connection.RotateSubscriber(t.Context(), m, s, "nordwear", "crm", 0, ida, rotateNoon)
	if err != nil {
		t.Fatal(err)
	}
	if got := signs(rotateNoon); !slices.Equal(got, []string{third}) {
		t.Errorf("after a rotation at once %d sign", len(got))
	}
}

func TestASubscriberThatCannotBeToldIsNotMade(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	bad := wanted("No Name")
	bad.URL, bad.Events = connection.NewSecret("http://crm.example.com/hush"), []string{"exchange.sold"}
	_, _, err := connection.Subscribe(t.Context(), m, sealer(t, 'a'), "nordwear", bad, connection.Options{}, ida, rotateNoon)
	var faults connection.Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Field)
	}
	slices.Sort(fields)
	if !slices.Equal(fields, []string{"events[0]", "name", "url"}) || strings.Contains(err.Error(), "hush") {
		t.Errorf("%v: %v", fields, err)
	}
	chat := wanted("ops")
	chat.Format = connection.Chat
	made, secret, err := connection.Subscribe(t.Context(), m, sealer(t, 'a'), "nordwear", chat, connection.Options{}, ida, rotateNoon)
	if err != nil || secret != "" || len(made.Secrets) != 0 {
		t.Errorf("a chat: secret %q, %v", secret, err)
	}
}

func TestAFileCannotSayWhatTheAPIAloneDoes(t *testing.T) {
	_, err := connection.Parse([]byte(strings.Replace(fileSubscriber(t), "name: erp,", `name: erp, "-": true,`, 1)), getenv, connection.Options{})
	if err == nil || !strings.Contains(err.Error(), "is not a setting") {
		t.Fatalf("%v", err)
	}
}
