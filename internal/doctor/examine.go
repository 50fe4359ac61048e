package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/store"
)

// Docs is what is read of the store.
type Docs interface {
	lane.Docs
	Items(ctx context.Context, q store.Query) (found []store.Item, after string, err error)
	Exchanges(ctx context.Context, q store.Query) (found []exchange.Exchange, after string, err error)
}

// Patient is a connection with its ways out.
type Patient struct {
	Connection connection.Connection
	Store      Docs
	Ongoing    *ongoing.Peer // over the connection's lane, and ToOngoing
	Shopify    *shopify.Peer
	ToOngoing  *Witness
	ToShopify  *Witness
	PublicURL  string // under which the doors are reached from outside; empty: not known
	Now        func() time.Time
	LookupHost func(ctx context.Context, host string) ([]string, error)
}

// Examine looks at everything of a connection. It makes a handful of reads, one after the other, and none once a peer
// has refused the first: a wrong password is not tried twice.
func (p *Patient) Examine(ctx context.Context) []Check {
	r := &report{conn: p.Connection.Name}
	if !p.Connection.Enabled {
		r.warn("enabled", "set enabled: true and apply, when it shall work", "the connection is switched off: nothing is done for it")
	}
	p.examineOngoing(ctx, r)
	granted := p.examineShopify(ctx, r)
	p.payment(r, granted)
	p.doors(ctx, r)
	p.tokens(ctx, r)
	return r.checks
}

// way is how a peer is reached, and what its first answer has shown.
type way struct {
	peer     exchange.PeerName
	url      string // where its API is
	who      string // whose credentials are used, in words
	mend     string // what to do when they are refused
	witness  *Witness
	firstAsk func(ctx context.Context) error
}

// reach asks a peer for the first time. It reports whether there is any use in asking more.
func (p *Patient) reach(ctx context.Context, r *report, w way) bool {
	name := string(w.peer)
	p.lookup(ctx, r, w)
	rest := []string{name + ".tls", name + ".credentials", name + ".clock"}
	if state, declined := p.declined(ctx, r, w); declined {
		for _, check := range rest {
			if check != name+".credentials" {
				r.skip(check, "no call was made: %s", state)
			}
		}
		return false
	}
	err := w.firstAsk(ctx)
	seen := w.witness.seen()
	if seen.status == 0 { // nothing came back
		p.unreached(r, w, err)
		return false
	}
	security(r, w, seen, p.Now())
	worked := credentials(r, w, seen, err)
	p.clock(r, w, seen)
	return worked
}

// declined looks at the breaker, which another process may have opened. While it is open, no call is made but the one
// that it lets through when its time has come.
func (p *Patient) declined(ctx context.Context, r *report, w way) (state string, declined bool) {
	s, _, err := lane.KeepIn(p.Store, p.Connection.Name, string(w.peer)).Load(ctx)
	check := string(w.peer) + ".credentials"
	now := p.Now()
	switch {
	case err != nil:
		r.fault(check, "mend the store first", "whether the peer refuses us could not be read: %v", err)
		return "the state of its lane could not be read", true
	case s.Reason != "":
		r.fault(check, "install the app again, set its new credentials in connections.yaml and apply: then calls go on by themselves", "calls are blocked: %s", s.Reason)
		return s.Reason, true
	case !s.Probe.IsZero() && s.Probe.After(now) && s.Probe.Sub(now) <= time.Hour:
		r.fault(check, w.mend, "%s was refused (%d) %d times in a row: no call is made before %s, then one at a time",
			w.who, s.Status, s.Failures, s.Probe.UTC().Format(time.TimeOnly+"Z"))
		return fmt.Sprintf("it was refused (%d) until now", s.Status), true
	case s.Rest.After(now) && s.Rest.Sub(now) <= time.Hour:
		r.warn(check, "wait", "the peer asked to be left alone until %s", s.Rest.UTC().Format(time.TimeOnly+"Z"))
		return "it asked to be left alone", true
	}
	return "", false
}

// unreached says why there was no answer.
func (p *Patient) unreached(r *report, w way, err error) {
	name := string(w.peer)
	if broken := tlsError(err); broken != "" {
		r.fault(name+".tls", "if a proxy stands between, let it pass this host untouched; else the vendor must renew the certificate; never switch the check off",
			"no secure connection: %s", broken)
	} else {
		r.skip(name+".tls", "there was no answer")
	}
	remedy := "see that this machine may call " + hostOf(w.url) + ", then run doctor again"
	if errors.Is(err, context.DeadlineExceeded) {
		remedy += "; or give the peer longer with --call-timeout"
	}
	r.fault(name+".credentials", remedy, "no answer: %v", err)
	r.skip(name+".clock", "there was no answer")
}

// clock compares the peer's clock with ours.
func (p *Patient) clock(r *report, w way, seen sight) {
	name := string(w.peer) + ".clock"
	const much, tooMuch = 30 * time.Second, 5 * time.Minute
	if seen.date.IsZero() {
		r.skip(name, "the answer had no Date header")
		return
	}
	off := seen.middle.Sub(seen.date.Add(500 * time.Millisecond)) // its second has gone by half, on the average
	where := "ahead of"
	if off < 0 {
		where = "behind"
	}
	text := fmt.Sprintf("this machine's clock is %s %s the peer's", off.Abs().Round(time.Second), where)
	if off.Abs() < 2*time.Second { // the header tells seconds alone
		text = "this machine's clock and the peer's agree"
	}
	const remedy = "set this machine's clock by NTP: the age of signed webhooks is told by it"
	switch {
	case off.Abs() > tooMuch:
		r.fault(name, remedy, "%s", text)
	case off.Abs() > much:
		r.warn(name, remedy, "%s", text)
	default:
		r.ok(name, "%s", text)
	}
}

// lookup asks for the peer's addresses.
func (p *Patient) lookup(ctx context.Context, r *report, w way) {
	name, host := string(w.peer)+".dns", hostOf(w.url)
	if net.ParseIP(host) != nil {
		r.skip(name, "%s is an address", host)
		return
	}
	found, err := p.LookupHost(ctx, host)
	if err != nil {
		r.fault(name, "see that the host in connections.yaml is right, and that this machine's name server works", "%s has no address: %v", host, err)
		return
	}
	r.ok(name, "%s is at %s", host, list(found))
}
