package connection

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Subscriber is told what happens to exchanges: by webhooks signed as Standard Webhooks has it or, for people, as a
// line in a chat. The whole URL is secret: that of a chat is all it takes to write there.
type Subscriber struct {
	Name    string   `yaml:"name" json:"name" validate:"required,connection_name"`
	URL     Secret   `yaml:"url" json:"url" validate:"required"`
	Format  string   `yaml:"format" json:"format" validate:"omitempty,oneof=webhook chat"` // empty: webhook
	Events  []string `yaml:"events" json:"events" validate:"min=1,max=30"`                 // exchange.sent, exchange.*, *
	Secrets []Secret `yaml:"secrets" json:"secrets,omitempty" validate:"max=2,dive,required"`

	API  bool      `yaml:"-" json:"api,omitempty"`          // made by the API, which alone changes and removes it
	Ends time.Time `yaml:"-" json:"older_ends_at,omitzero"` // of a rotation: when the first of two secrets stops signing
}

// Chat is the format of lines for people.
const Chat = "chat"

// Live are the secrets that sign now.
func (s Subscriber) Live(now time.Time) []Secret {
	if len(s.Secrets) > 1 && !s.Ends.IsZero() && !s.Ends.After(now) {
		return s.Secrets[1:]
	}
	return s.Secrets
}

// What subscribers may be told of a connection, beside what happens to its exchanges: that a peer is not called any more,
// and that it is called again.
const (
	BreakerOpened = "breaker.opened"
	BreakerClosed = "breaker.closed"
)

// newsNames lists all that a subscriber may be told.
func newsNames() []string { return append(exchange.NewsNames(), BreakerOpened, BreakerClosed) }

// Wants reports whether the subscriber is to be told of this.
func (s Subscriber) Wants(news string) bool {
	return slices.ContainsFunc(s.Events, func(pattern string) bool { return matches(pattern, news) })
}

func matches(pattern, news string) bool {
	ok, err := path.Match(pattern, news)
	return err == nil && ok
}

// checkSubscribers reports who cannot be told anything.
func (d *decoder) checkSubscribers(c Connection, at string, hosts allowed) {
	seen := map[string]bool{}
	for i, s := range c.Announcements {
		at := fmt.Sprintf("%s.announcements[%d]", at, i)
		if seen[s.Name] {
			d.fault(at+".name", "is another subscriber's already")
		}
		seen[s.Name] = true
		d.checkSubscriber(s, at, hosts)
	}
}

func (d *decoder) checkSubscriber(s Subscriber, at string, hosts allowed) {
	if err := hosts.anywhere(s.URL.Reveal()); err != nil && !d.has(join(at, "url")) {
		d.fault(join(at, "url"), "%s", err)
	}
	for j, pattern := range s.Events {
		if !slices.ContainsFunc(newsNames(), func(news string) bool { return matches(pattern, news) }) {
			d.fault(fmt.Sprintf("%s[%d]", join(at, "events"), j), "is none of %s, nor a part of them with *", strings.Join(newsNames(), ", "))
		}
	}
	switch {
	case s.Format == Chat && len(s.Secrets) > 0:
		d.fault(join(at, "secrets"), "are for webhooks: a chat checks none")
	case s.Format != Chat && len(s.Secrets) == 0:
		d.fault(join(at, "secrets"), "is missing: one or two, as from: echo whsec_$(openssl rand -base64 32)")
	}
	for j, secret := range s.Secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 {
			d.fault(fmt.Sprintf("%s[%d]", join(at, "secrets"), j), "must be whsec_ and 24 to 64 bytes in base64")
		}
	}
}

// anywhere checks a URL outside of the vendors' hosts. Where its name leads is checked when it is called.
func (a allowed) anywhere(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("must be a URL such as https://shop.example.com/hooks")
	case u.Scheme != "https" && (u.Scheme != "http" || !a.has(u)):
		return errors.New("must begin with https://; --allow-host HOST:PORT would let plain http through")
	}
	return nil
}
