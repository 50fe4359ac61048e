package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// What whole exchanges must reach, now and in the end.
const (
	ExchangesBar    = 0.5 // of the plain loop
	ExchangesNext   = 0.7
	ExchangesPerSec = 300.
)

const (
	joined   = 32 // connections, each a shop with a goods owner
	abreast  = 2  // exchanges of a connection under way at a time
	patience = 60 * time.Second
	firstOf  = 1000 // goods owner
)

// Exchanges is how fast whole exchanges are carried, on each store: regular, with an upsell. An app asks for each
// through the API; then come Ongoing's webhook that the return order is Returned, the portal's return.closed, and
// Ongoing's webhook that the order is Sent, each as soon as the stand-ins for both peers have got there. An
// exchange counts when serve has completed it; a round in which one does not is an error.
//
// Each round is followed by one of a plain loop in serve's place: what it sends is what serve sent for some of
// these exchanges, call by call, with the same bodies, to the same stand-ins, over Go's own HTTP client, for as
// many exchanges at a time and with one call at a time to each Ongoing and three to each Shopify. It reads the
// answers and does nothing with them, keeps nothing, decides nothing, and gets no webhooks. The ratio is of
// exchanges per second.
//
// In both, exchanges are begun for the time of a round and then brought to their end, which counts too. The load,
// the stand-ins, serve and Redis share the machine, as the loop and the stand-ins do.
type Exchanges struct {
	Connections int              `json:"connections"`
	Abreast     int              `json:"abreast"` // exchanges of a connection at a time
	Rounds      int              `json:"rounds"`
	Bar         float64          `json:"bar"`  // that ratios must reach
	Next        float64          `json:"next"` // that they are to reach later
	Stores      []StoreExchanges `json:"stores"`
}

// StoreExchanges is Exchanges on one store. What is counted is of the median round.
type StoreExchanges struct {
	Store      string        `json:"store"`
	Ratio      float64       `json:"ratio"` // of PerSecond to Plain: the median of the rounds'
	PerSecond  float64       `json:"per_second"`
	Plain      float64       `json:"plain_per_second"`
	Calls      float64       `json:"calls"`       // to both peers, per exchange
	PlainCalls float64       `json:"plain_calls"` // the loop's
	Rounds     float64       `json:"rounds"`      // durable ones, per exchange
	Operations float64       `json:"operations"`  // in those
	Delay      Delay         `json:"delay"`       // of a webhook's answer
	CPU        time.Duration `json:"cpu_ns"`      // of serve, per exchange
	StoreCPU   time.Duration `json:"store_cpu_ns,omitempty"`
	PlainCPU   time.Duration `json:"plain_cpu_ns"`   // of the loop
	Resident   int64         `json:"resident_bytes"` // memory of serve at most
}

// MeasureExchanges measures whole exchanges. Errors: when a process cannot be started, a webhook is answered
// anything but 2xx, or an exchange does not complete.
func MeasureExchanges(ctx context.Context, o Options) (x Exchanges, err error) {
	x = Exchanges{Connections: joined, Abreast: abreast, Rounds: o.Rounds, Bar: ExchangesBar, Next: ExchangesNext}
	var all []*carried
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.close())
		}
	}()
	for _, kind := range stores {
		c := &carried{store: kind}
		all = append(all, c)
		if err := c.open(ctx, o); err != nil {
			return x, fmt.Errorf("%s: %w", kind, err)
		}
		if c.loop, err = c.learn(ctx, o.Round/4); err != nil {
			return x, fmt.Errorf("%s: %w", kind, err)
		}
	}
	for n := range o.Rounds {
		for _, c := range all {
			r, err := c.pair(ctx, o.Round)
			if err != nil {
				return x, fmt.Errorf("%s: %w", c.store, err)
			}
			c.rounds = append(c.rounds, r)
			o.Progress("exchanges, round %d of %d, %s: %.0f/s, plain loop: %.0f/s", n+1, o.Rounds, c.store, r.PerSecond, r.Plain)
		}
	}
	for _, c := range all {
		x.Stores = append(x.Stores, middle(c.rounds))
	}
	return x, nil
}

// carried is a serve on a store, its stand-ins, and the loop that takes its place.
type carried struct {
	store  string
	house  *house
	peers  *process
	serve  *process
	key    string
	begun  [joined]atomic.Int64 // exchanges of each connection so far
	loop   *loop
	rounds []StoreExchanges
}

func (c *carried) open(ctx context.Context, o Options) (err error) {
	if c.peers, err = start(ctx, o.Binary, nil, "bench", "--peers"); err != nil {
		return err
	}
	connections := "connections:\n"
	for i := range joined {
		connections += connection(fmt.Sprint("bench-", i), firstOf+i, true, c.peers.Listening)
	}
	if c.house, err = build(ctx, o.Dir, c.store, connections); err != nil {
		return err
	}
	if c.key, err = c.house.token(ctx, o.Binary); err != nil {
		return err
	}
	c.serve, err = c.house.serve(ctx, o.Binary, c.peers.Listening)
	return err
}

// token makes an API key.
func (h *house) token(ctx context.Context, binary string) (string, error) {
	cmd := exec.CommandContext(ctx, binary, "token", "create", "--store", h.url(), "--name", "bench", "--scopes", "read,write", "--json") //nolint:gosec // ourselves
	cmd.Env = environ
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("token create: %w", err)
	}
	var made struct{ Key string }
	err = json.Unmarshal(out, &made)
	return made.Key, err
}

func (c *carried) close() error {
	var errs []error
	for _, p := range []*process{c.serve, c.peers} {
		if p != nil {
			errs = append(errs, p.stop())
		}
	}
	if c.house != nil {
		errs = append(errs, c.house.tear())
	}
	return errors.Join(errs...)
}

// round carries exchanges for some time, and goes on until serve has completed all of them.
func (c *carried) round(ctx context.Context, d time.Duration) (out StoreExchanges, err error) {
	was, err := c.reading(ctx)
	if err != nil {
		return out, err
	}
	begun := time.Now()
	count, h, err := c.carry(ctx, begun.Add(d))
	if err == nil {
		err = c.completed(ctx, was.completed+count)
	}
	if err != nil {
		return out, fmt.Errorf("%w: %s", err, c.serve.said)
	}
	took := time.Since(begun)
	now, err := c.reading(ctx)
	if err != nil {
		return out, err
	}
	n := float64(count)
	per := func(d time.Duration) time.Duration { return time.Duration(float64(d) / n) }
	return StoreExchanges{
		Store: c.store, PerSecond: n / took.Seconds(),
		Calls: float64(now.calls-was.calls) / n, Rounds: float64(now.rounds-was.rounds) / n, Operations: float64(now.operations-was.operations) / n,
		Delay: delayOf(burst{delay: h}), CPU: per(now.cpu - was.cpu), StoreCPU: per(now.store.cpu - was.store.cpu), Resident: now.top,
	}, nil
}

// carry lets couriers begin exchanges until end, and waits until all of them are carried.
func (c *carried) carry(ctx context.Context, end time.Time) (count int, delay histogram, err error) {
	var couriers []*courier
	defer func() {
		for _, one := range couriers {
			delay.add(&one.serve.delay)
			err = errors.Join(err, one.leave())
		}
	}()
	group, groupCtx := errgroup.WithContext(ctx)
	var all atomic.Int64
	for i := range joined {
		for range abreast {
			one, err := hire(ctx, courier{connection: fmt.Sprint("bench-", i), goodsOwner: firstOf + i, key: c.key}, c.serve.Listening, c.peers.Ops)
			if err != nil {
				return 0, delay, err
			}
			couriers = append(couriers, one)
			one.until(time.Now().Add(patience))
			group.Go(func() error {
				for {
					if err := one.carry(numberAt(one.goodsOwner, c.begun[i].Add(1))); err != nil {
						return err
					}
					if all.Add(1); time.Now().After(end) {
						return nil
					}
				}
			})
		}
	}
	stop := context.AfterFunc(groupCtx, func() {
		for _, one := range couriers {
			one.until(time.Unix(1, 0))
		}
	})
	defer stop()
	err = group.Wait()
	return int(all.Load()), delay, err
}

// completed waits until serve has completed so many exchanges since it began.
func (c *carried) completed(ctx context.Context, want int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("not all exchanges were completed"))
	defer cancel()
	var got int
	err := until(ctx, func() (bool, error) {
		m, err := c.serve.metrics()
		got = completedOf(m)
		return got >= want, err
	})
	if err == nil && got > want {
		err = errors.New("more exchanges were completed than begun")
	}
	if err != nil {
		err = fmt.Errorf("%d of %d exchanges completed: %w", got, want, errors.Join(err, context.Cause(ctx)))
	}
	return err
}

func completedOf(metrics map[string]uint64) int {
	return int(metrics[`tradeback_exchange_stages_entered_total{stage="completed"}`]) //nolint:gosec // a count
}

// stand is what the processes say of themselves.
type stand struct {
	reading
	calls, completed int
}

func (c *carried) reading(ctx context.Context) (s stand, err error) {
	if s.reading, err = (&subject{process: c.serve, house: c.house}).reading(); err != nil {
		return s, err
	}
	m, err := c.serve.metrics()
	if err != nil {
		return s, err
	}
	s.completed = completedOf(m)
	rec, err := recorded(ctx, c.peers.Listening)
	s.calls = rec.Calls
	return s, err
}

// recorded is what the stand-ins have met.
func recorded(ctx context.Context, at string) (out Recorded, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/recorded", nil)
	if err != nil {
		return out, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}
