package rest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// subscribing notes what it was asked for.
type subscribing struct {
	asked  string
	sub    connection.Subscriber
	url    *connection.Secret
	events []string
	keep   time.Duration
	who    audit.Actor
	err    error
}

func (s *subscribing) note(what string, c exchange.Conn, name string, who audit.Actor) error {
	s.asked, s.who = what+" "+string(c)+"/"+name, who
	if c != "nordwear" {
		return store.ErrNotFound
	}
	return s.err
}

func (s *subscribing) Add(_ context.Context, c exchange.Conn, sub connection.Subscriber, who audit.Actor) (connection.Subscriber, string, error) {
	s.sub = sub
	sub.API, sub.Secrets = true, make([]connection.Secret, 1)
	return sub, "whsec_new", s.note("add", c, sub.Name, who)
}

func (s *subscribing) Change(_ context.Context, c exchange.Conn, name string, url *connection.Secret, events []string, who audit.Actor) (connection.Subscriber, error) {
	s.url, s.events = url, events
	return connection.Subscriber{Name: name, Events: []string{"*"}}, s.note("change", c, name, who)
}

func (s *subscribing) Rotate(_ context.Context, c exchange.Conn, name string, keep time.Duration, who audit.Actor) (connection.Subscriber, string, error) {
	s.keep = keep
	return connection.Subscriber{Name: name, Events: []string{"*"}, Secrets: make([]connection.Secret, 2), Ends: time.Now().Add(keep)}, "whsec_new", s.note("rotate", c, name, who)
}

func (s *subscribing) Remove(_ context.Context, c exchange.Conn, name string, who audit.Actor) error {
	return s.note("remove", c, name, who)
}

func (s *subscribing) Try(_ context.Context, c exchange.Conn, name string) (string, error) {
	return "the subscriber answered 500", s.note("try", c, name, audit.Actor{})
}

func TestAdminsKeepTheSubscribers(t *testing.T) {
	fake := &subscribing{}
	h := open(t, false, func(o *rest.Options) { o.Subscribers = fake })
	admin := h.book.key(t, "admin", connection.ScopeAdmin)
	c := h.book.conns["nordwear"]
	c.Announcements = []connection.Subscriber{{Name: "erp", URL: connection.NewSecret("https://erp.example.com/hush"), Events: []string{"*"}, Secrets: make([]connection.Secret, 2)}}
	h.book.conns["nordwear"] = c
	const all = "/v1/connections/nordwear/subscribers"
	const one = all + "/crm"
	made := `{"name": "crm", "url": "https://crm.example.com/hush", "events": ["exchange.*"]}`
	for _, ask := range []struct {
		method, path, body, noted string
		status                    int
	}{
		{"GET", all, "", "", 200},
		{"POST", all, made, "add nordwear/crm", 201},
		{"PATCH", one, `{"events": ["*"]}`, "change nordwear/crm", 200},
		{"POST", one + "/secret/rotate", `{}`, "rotate nordwear/crm", 200},
		{"POST", one + "/test", "", "try nordwear/crm", 200},
		{"DELETE", one, "", "remove nordwear/crm", 204},
	} {
		fake.asked = ""
		h.ask(ask.method, ask.path, ask.body, h.writer).want(403)
		if fake.asked != "" {
			t.Errorf("%s %s: a writer is let through", ask.method, ask.path)
		}
		got := h.ask(ask.method, ask.path, ask.body, admin).want(ask.status)
		if fake.asked != ask.noted || strings.Contains(got.body, "hush") {
			t.Errorf("%s %s: asked for %q, answered %s", ask.method, ask.path, fake.asked, got.body)
		}
		if changes := ask.noted != "" && !strings.HasPrefix(ask.noted, "try"); changes && (fake.who.By != "api" || fake.who.Name != "admin") {
			t.Errorf("%s %s: by %+v", ask.method, ask.path, fake.who)
		}
		h.ask(ask.method, strings.Replace(ask.path, "nordwear", "other", 1), ask.body, admin).want(404)
	}
	listed := into[list[rest.SubscriberView]](h.ask("GET", all, "", admin).want(200)).Data
	if len(listed) != 1 || listed[0].Host != "erp.example.com" || listed[0].KeptIn != "file" || listed[0].Secrets != 2 || listed[0].Format != "webhook" {
		t.Errorf("listed %+v", listed)
	}
	if v := into[rest.SubscriberView](h.ask("POST", all, made, admin).want(201)); v.Secret != "whsec_new" || v.KeptIn != "api" || fake.sub.URL.Reveal() != "https://crm.example.com/hush" {
		t.Errorf("made %+v of %+v", v, fake.sub)
	}
	if v := into[rest.SubscriberView](h.ask("POST", one+"/secret/rotate", `{}`, admin).want(200)); v.Secret != "whsec_new" || v.Ends.IsZero() || fake.keep != 7*24*time.Hour {
		t.Errorf("rotated %+v, kept for %s", v, fake.keep)
	}
	h.ask("POST", one+"/secret/rotate", `{"keep_seconds": 0}`, admin).want(200)
	if fake.keep != 0 {
		t.Errorf("kept for %s", fake.keep)
	}
	h.ask("PATCH", one, `{"url": "https://x.example.com/"}`, admin).want(200)
	if fake.url == nil || fake.url.Reveal() != "https://x.example.com/" || fake.events != nil {
		t.Errorf("changed %v, %v", fake.url, fake.events)
	}
	if v := into[rest.Tried](h.ask("POST", one+"/test", "", admin).want(200)); v.Sent || v.Reason == "" {
		t.Errorf("tried %+v", v)
	}
	fake.err = &connection.SubscriberError{Subscriber: "crm", Code: "kept_in_file", Reason: "is kept in connections.yaml"}
	if p := into[problem](h.ask("DELETE", one, "", admin).want(409)); !strings.HasSuffix(p.Type, "kept_in_file") {
		t.Error(p.Type)
	}
	fake.err = connection.Faults{{Field: "events[0]", Message: "is none of them"}}
	if p := into[problem](h.ask("POST", all, made, admin).want(422)); p.fields()["events[0]"] == "" {
		t.Errorf("%+v", p)
	}
	h.ask("POST", all, `{"name": "crm"}`, admin).want(422)
}
