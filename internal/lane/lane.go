// Package lane is the one way out of a connection: an http.RoundTripper for each peer system. It lets
// through as many calls at a time as the peer bears, acts before reads; it keeps to Shopify's cost budget;
// it limits time, size and addresses; and its breaker, kept in the store, ends calls with credentials that
// the peer refuses. It never repeats a call.
package lane

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

const (
	usualTimeout  = 20 * time.Second
	usualResponse = 8 << 20
	usualBody     = 64 << 10        // is read in one piece; what is longer grows as it comes
	graphqlPath   = "/graphql.json" // calls elsewhere cost no points
)

// Options say how a lane behaves. Ongoing and Shopify give those of the peers; Keeper, Credentials and
// AllowHosts are the connection's.
type Options struct {
	Name        string        // of the peer, in errors and metrics
	Hosts       []string      // domains under which the peer lives, such as ".ongoingsystems.se": https only
	AllowHosts  []string      // HOST:PORT beyond them, for rehearsals: also plain http and private addresses
	Concurrency int           // calls in flight; never more than 3, since all of them may be refused
	Timeout     time.Duration // of one call: connecting, headers and body; 20 s if 0
	MaxResponse int64         // bytes of an answer's body; 8 MiB if 0
	Budget      bool          // keep to the cost budget that GraphQL answers tell of
	Keeper      Keeper        // of the breaker's state; nil keeps it in memory only
	Credentials string        // a mark of those in use, which changes when they change

	Now func() time.Time // time.Now if nil

	base http.RoundTripper // instead of the real transport, in tests
}

// Ongoing is how Ongoing wants to be called: one call at a time for each goods owner.
func Ongoing() Options {
	return Options{
		Name: string(exchange.PeerOngoing), Hosts: []string{".ongoingsystems.se"},
		Concurrency: 1,
	}
}

// Shopify is how Shopify wants to be called: a few calls at a time, within the cost budget.
func Shopify() Options {
	return Options{
		Name: string(exchange.PeerShopify), Hosts: []string{".myshopify.com"},
		Concurrency: failureLimit, Budget: true,
	}
}

// Lane carries the calls of one connection to one peer. It is safe for concurrent use. It lives as long as
// the connection, also when settings change, so that two of them never call side by side.
type Lane struct {
	options Options
	hosts   hosts
	base    http.RoundTripper
	turns   turns
	breaker *breaker
	budget  *budget // nil without Options.Budget
	counts  counts
}

// New makes a lane. Close ends its idle connections.
func New(o Options) *Lane {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the clock of a lane that was given none
	}
	if o.Keeper == nil {
		o.Keeper = &inMemory{}
	}
	l := &Lane{options: o, hosts: hosts{domains: o.Hosts, allowed: o.AllowHosts}, base: o.base}
	if l.base == nil {
		l.base = newTransport(l.hosts)
	}
	l.options.Timeout = cmp.Or(o.Timeout, usualTimeout)
	l.options.MaxResponse = cmp.Or(o.MaxResponse, usualResponse)
	l.turns.free = min(max(o.Concurrency, 1), failureLimit)
	l.breaker = &breaker{keeper: o.Keeper, now: func() time.Time { return o.Now().UTC() }, credentials: o.Credentials, hush: map[string]time.Duration{}}
	if o.Budget {
		l.budget = &budget{now: o.Now}
	}
	return l
}

// Client is an http.Client over the lane. It follows no redirect, and its calls end by the lane's time-out.
func (l *Lane) Client() *http.Client {
	return &http.Client{
		Transport:     l,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close ends idle connections.
func (l *Lane) Close() {
	if t, ok := l.base.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// RoundTrip makes the call when its turn has come and the breaker and the budget let it. The answer's body
// has been read to its end. A call that must not begin late is given a context with a deadline: it covers
// the waiting too.
//
// Errors: *exchange.NotSentError when the call was surely not carried out (declined, or no connection was
// made). Any other error leaves unknown whether it was: time-outs, resets, an answer that breaks off, is too
// long, or is a redirect.
func (l *Lane) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.call(req)
	if err != nil && req.Body != nil {
		_ = req.Body.Close()
	}
	return resp, err
}

func (l *Lane) call(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := l.hosts.check(req.URL); err != nil {
		return nil, l.declined(0, err)
	}
	if err := l.turns.take(ctx, priorityOf(ctx)); err != nil {
		return nil, l.declined(0, err)
	}
	defer l.turns.give()
	method := methodOf(req)
	pass, after, err := l.breaker.begin(ctx, method)
	if err != nil {
		return nil, l.declined(after, err)
	}
	end := outcome{method: method, class: Retry, sent: false}
	defer func() { l.breaker.end(ctx, pass, end) }()
	budgeted := l.budget != nil && strings.HasSuffix(req.URL.Path, graphqlPath)
	if budgeted {
		operation := operationOf(ctx)
		reserved, after, err := l.budget.reserve(ctx, operation)
		if err != nil {
			return nil, l.declined(after, err)
		}
		defer func() { l.budget.settle(operation, reserved, end.cost) }()
	}
	resp, body, sent, err := l.send(req)
	end.sent = sent
	if err != nil {
		if !sent {
			l.counts.add(notSent)
			return nil, &exchange.NotSentError{Err: fmt.Errorf("%s: %w", l.options.Name, err)}
		}
		l.counts.add(unknown)
		return nil, fmt.Errorf("%s: %w", l.options.Name, err)
	}
	end.answered, end.status, end.class = true, resp.StatusCode, Sort(resp.StatusCode)
	end.rest, end.restSaid = restAfter(resp, l.options.Now())
	if budgeted {
		end.cost, _ = CostOf(body)
	}
	l.counts.add(result(end.class))
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, fmt.Errorf("%s: answered with a redirect (%d), which is not followed", l.options.Name, resp.StatusCode)
	}
	return resp, nil
}

// declined makes the error of a call that the lane did not let through.
func (l *Lane) declined(after time.Duration, err error) error {
	l.counts.add(declined)
	return &exchange.NotSentError{After: after, Err: fmt.Errorf("%s: %w", l.options.Name, err)}
}

// UseCredentials says which credentials the calls carry from now on, by a mark that changes with them. When
// they change, the next call may try them at once, whatever became of the old ones.
func (l *Lane) UseCredentials(mark string) { l.breaker.use(mark) }

// Block ends all calls, whatever the peer would answer, until the credentials change or Unblock: the app was
// uninstalled. Errors: of the keeper; calls are declined all the same.
func (l *Lane) Block(ctx context.Context, reason string) error { return l.breaker.block(ctx, reason) }

// Unblock lets one call try again at once, because a person says so.
func (l *Lane) Unblock(ctx context.Context) error { return l.breaker.unblock(ctx) }

// Reload forgets what the lane remembers of the breaker, and reads it from the keeper before the next call:
// another process may have called in the meantime.
func (l *Lane) Reload() { l.breaker.reload() }

// errTooLong is an answer beyond MaxResponse. The call itself may have been carried out.
var errTooLong = errors.New("the answer is too long")
