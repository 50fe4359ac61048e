package connection

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// mostSubscribers is how many a connection may have.
const mostSubscribers = 20

// SubscriberError says why a subscriber cannot be made or changed.
type SubscriberError struct {
	Subscriber string
	Code       string // name_taken, too_many, kept_in_file, no_secret, rotation_under_way
	Reason     string
}

func (e *SubscriberError) Error() string { return "subscriber " + e.Subscriber + " " + e.Reason }

// Subscribe gives a connection a new subscriber, with a secret that is shown this once, unless it is a chat.
//
// Errors: store.ErrNotFound of the connection; Faults; SubscriberError; store.ErrConflict when it was changed meanwhile.
func Subscribe(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, sub Subscriber, o Options, who audit.Actor, now time.Time) (Subscriber, string, error) {
	secret := ""
	sub.API, sub.Secrets = true, nil
	if sub.Format != Chat {
		secret = newSubscriberSecret()
		sub.Secrets = []Secret{NewSecret(secret)}
	}
	if err := sub.check(o); err != nil {
		return Subscriber{}, "", err
	}
	e := subscriberEntry("create", name, sub.Name, who, now)
	_, err := change(ctx, docs, s, name, e, func(c *Connection) (bool, error) {
		switch {
		case slices.ContainsFunc(c.Announcements, named(sub.Name)):
			return false, &SubscriberError{sub.Name, "name_taken", "is there already"}
		case len(c.Announcements) >= mostSubscribers:
			return false, &SubscriberError{sub.Name, "too_many", fmt.Sprintf("is one too many: a connection has at most %d", mostSubscribers)}
		}
		at := 0 // those of the API stand first: what a file names after them keeps its place
		for at < len(c.Announcements) && c.Announcements[at].API {
			at++
		}
		c.Announcements = slices.Insert(c.Announcements, at, sub)
		e.Changes = subscriberChanges(Subscriber{}, sub)
		return true, nil
	})
	if err != nil {
		return Subscriber{}, "", err
	}
	return sub, secret, nil
}

// ChangeSubscriber changes where a subscriber hears, and what: nil stays as it is.
//
// Errors: as Subscribe's; store.ErrNotFound also of the subscriber.
func ChangeSubscriber(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, sub string, url *Secret, events []string, o Options, who audit.Actor, now time.Time) (Subscriber, error) {
	return alterSubscriber(ctx, docs, s, name, sub, "change", who, now, func(had *Subscriber) error {
		if url != nil {
			had.URL = *url
		}
		if events != nil {
			had.Events = events
		}
		return had.check(o)
	})
}

// RotateSubscriber gives a subscriber a new secret. Both sign for as long as the older is kept: the receiver learns the
// new one meanwhile. With keep 0 the older signs no more.
//
// Errors: as ChangeSubscriber's.
func RotateSubscriber(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, sub string, keep time.Duration, who audit.Actor, now time.Time) (Subscriber, string, error) {
	secret := newSubscriberSecret()
	got, err := alterSubscriber(ctx, docs, s, name, sub, "rotate", who, now, func(had *Subscriber) error {
		live := had.Live(now)
		switch {
		case had.Format == Chat:
			return &SubscriberError{sub, "no_secret", "is a chat, which checks no signature"}
		case keep > 0 && len(live) > 1:
			return &SubscriberError{sub, "rotation_under_way", "is in the middle of a rotation: the older secret ends " + had.Ends.UTC().Format(time.RFC3339)}
		}
		had.Secrets, had.Ends = []Secret{NewSecret(secret)}, time.Time{}
		if keep > 0 {
			had.Secrets, had.Ends = []Secret{live[0], NewSecret(secret)}, now.UTC().Add(keep)
		}
		return nil
	})
	if err != nil {
		return Subscriber{}, "", err
	}
	return got, secret, nil
}

// Unsubscribe removes a subscriber. What it was still to be told is dropped.
//
// Errors: as ChangeSubscriber's.
func Unsubscribe(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, sub string, who audit.Actor, now time.Time) error {
	e := subscriberEntry("remove", name, sub, who, now)
	_, err := change(ctx, docs, s, name, e, func(c *Connection) (bool, error) {
		i, err := c.subscriber(sub)
		if err != nil {
			return false, err
		}
		e.Changes = subscriberChanges(c.Announcements[i], Subscriber{})
		c.Announcements = slices.Delete(c.Announcements, i, i+1)
		return true, nil
	})
	return err
}

func alterSubscriber(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, sub, what string, who audit.Actor, now time.Time, alter func(*Subscriber) error) (got Subscriber, err error) {
	e := subscriberEntry(what, name, sub, who, now)
	_, err = change(ctx, docs, s, name, e, func(c *Connection) (bool, error) {
		i, err := c.subscriber(sub)
		if err != nil {
			return false, err
		}
		before := c.Announcements[i]
		got = before
		if err := alter(&got); err != nil {
			return false, err
		}
		c.Announcements[i] = got
		e.Changes = subscriberChanges(before, got)
		return len(e.Changes) > 0, nil
	})
	return got, err
}

// subscriber is the place of one that the API may change.
func (c Connection) subscriber(name string) (int, error) {
	i := slices.IndexFunc(c.Announcements, named(name))
	switch {
	case i < 0:
		return 0, fmt.Errorf("subscriber %s of connection %s: %w", name, c.Name, store.ErrNotFound)
	case !c.Announcements[i].API:
		return 0, &SubscriberError{name, "kept_in_file", "is kept in connections.yaml: change it there and apply"}
	}
	return i, nil
}

func named(name string) func(Subscriber) bool {
	return func(s Subscriber) bool { return s.Name == name }
}

// keptByAPI are the subscribers of a connection that has had these, when a file names those: what the API made stays,
// unless the file has one of its name.
func keptByAPI(had, named []Subscriber) []Subscriber {
	var kept []Subscriber
	for _, s := range had {
		if s.API && !slices.ContainsFunc(named, func(n Subscriber) bool { return n.Name == s.Name }) {
			kept = append(kept, s)
		}
	}
	return append(kept, named...)
}

// check reports what is wrong with a subscriber, by its fields.
func (s Subscriber) check(o Options) error {
	d := &decoder{lines: map[string]int{}, broken: map[string]bool{}}
	var wrong validator.ValidationErrors
	if errors.As(rules.Struct(s), &wrong) {
		for _, w := range wrong {
			d.fault(strings.TrimPrefix(w.Namespace(), "Subscriber."), "%s", wants(w))
		}
	}
	d.checkSubscriber(s, "", allowed(o.AllowHosts))
	return d.faults.asError()
}

func newSubscriberSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

func subscriberEntry(what string, name exchange.Conn, sub string, who audit.Actor, now time.Time) *audit.Entry {
	return &audit.Entry{Actor: who, At: now, Action: "subscribers." + what, Connection: name, Target: sub}
}

func subscriberChanges(before, after Subscriber) []audit.Change {
	var out []audit.Change
	for _, c := range Diff(Connection{Announcements: []Subscriber{before}}, Connection{Announcements: []Subscriber{after}}) {
		out = append(out, audit.Change{Field: strings.TrimPrefix(c.Field, "announcements[0]."), Before: c.Old, After: c.New})
	}
	return out
}
