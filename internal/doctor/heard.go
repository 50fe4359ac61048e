package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// LastHeard is when a connection was last heard through a door, and the zero time if it was not: what serve has noted,
// or the last event that is kept.
func LastHeard(ctx context.Context, docs interface {
	connection.Reader
	Items(ctx context.Context, q store.Query) (found []store.Item, after string, err error)
}, name exchange.Conn, door string,
) (time.Time, error) {
	noted, err := connection.HeardOf(ctx, docs, name)
	if err != nil {
		return time.Time{}, err
	}
	at := noted.Doors[door]
	found, _, err := docs.Items(ctx, store.Query{Conn: name, Kinds: []store.Kind{store.Event}, Source: door, Newest: true, Limit: 1})
	if err == nil && len(found) > 0 && found[0].Received.After(at) {
		at = found[0].Received
	}
	return at, err
}

// doors says when each sender was last heard.
func (p *Patient) doors(ctx context.Context, r *report) {
	c := p.Connection
	for _, door := range []struct {
		name, path, remedy string
		there              bool
	}{
		{
			"ongoing", "/webhooks/ongoing/", "in Ongoing: Administration, Webhooks: see that the webhook is enabled and its URL and X-Auth-Token are right, and press Test; until then reads find out, more slowly", true,
		},
		{"shopify", "/webhooks/shopify/", "see shopify.webhooks, and that the webhook secret is the app's client secret", true},
		{"portal", "/webhooks/returns/", "see in the portal that its webhooks go to this URL, signed with the secret of connections.yaml", c.Portal != nil},
	} {
		name := "heard." + door.name
		if !door.there {
			continue
		}
		at, err := LastHeard(ctx, p.Store, c.Name, door.name)
		switch {
		case err != nil:
			r.warn(name, "mend the store first", "when it was last heard could not be read: %v", err)
		case at.IsZero():
			r.warn(name, door.remedy, "nothing was ever heard at %s%s", door.path, c.Name)
		default:
			r.ok(name, "last heard %s ago", Ago(p.Now().Sub(at)))
		}
	}
}

// tokens says how the rotation of Ongoing's token stands.
func (p *Patient) tokens(ctx context.Context, r *report) {
	const name = "webhook_tokens"
	slots := p.Connection.Ongoing.WebhookTokens.Slots()
	now := p.Now()
	heard, err := connection.HeardOf(ctx, p.Store, p.Connection.Name)
	if err != nil {
		r.warn(name, "mend the store first", "the use of tokens could not be read: %v", err)
		return
	}
	live, rotating := 0, false
	var unused, ends time.Time
	for _, t := range slots {
		if !t.Live(now) {
			continue
		}
		live++
		if !t.Ends().IsZero() {
			rotating, ends = true, t.Ends()
		}
		if _, used := heard.Tokens[t.ID()]; !used && !t.Made().IsZero() {
			unused = t.Made()
		}
	}
	switch {
	case live == 0:
		r.fault(name, "tradeback token rotate --connection "+string(p.Connection.Name)+" makes one", "no webhook token is live: all of Ongoing's webhooks are refused")
	case rotating && !unused.IsZero():
		r.warn(name, "enter the new token in Ongoing (Administration, Webhooks, each webhook) before then",
			"the new token was never used, and the older one ends %s", ends.UTC().Format("2006-01-02 15:04Z"))
	case rotating:
		r.ok(name, "the new token is in use, the older one ends %s", ends.UTC().Format("2006-01-02 15:04Z"))
	default:
		r.ok(name, "%d live", live)
	}
}

// Ago writes a span of time as people say it: "3 s", "12 min", "5 h", "3 days".
func Ago(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
