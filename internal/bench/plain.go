package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// loop makes the calls of exchanges again, with other numbers.
type loop struct {
	at, staff string
	scripts   []script
	begun     [joined]atomic.Int64 // exchanges of each connection so far
}

// script is what one exchange called.
type script struct {
	number string
	calls  []Call
}

// learn warms serve up until the stand-ins have met enough exchanges, and makes a loop of what they were called.
func (c *carried) learn(ctx context.Context, d time.Duration) (*loop, error) {
	var rec Recorded
	for len(rec.Exchanges) < keptMost {
		if _, err := c.round(ctx, d); err != nil {
			return nil, err
		}
		var err error
		if rec, err = recorded(ctx, c.peers.Listening); err != nil {
			return nil, err
		}
	}
	l := &loop{at: c.peers.Listening, staff: c.peers.Ops}
	for i := range l.begun {
		l.begun[i].Store(500_000)
	}
	for i, calls := range rec.Exchanges {
		l.scripts = append(l.scripts, script{rec.Numbers[i], calls})
	}
	return l, nil
}

// pair is a round of serve, and one of the loop.
func (c *carried) pair(ctx context.Context, d time.Duration) (StoreExchanges, error) {
	r, err := c.round(ctx, d)
	if err != nil {
		return r, err
	}
	used := ownCPU()
	begun := time.Now()
	count, calls, err := c.loop.run(ctx, begun.Add(d))
	if err != nil {
		return r, fmt.Errorf("plain loop: %w", err)
	}
	n := float64(count)
	r.Plain, r.PlainCalls, r.PlainCPU = n/time.Since(begun).Seconds(), float64(calls)/n, time.Duration(float64(ownCPU()-used)/n)
	r.Ratio = r.PerSecond / r.Plain
	return r, nil
}

// middle is the median round, with the median ratio.
func middle(rounds []StoreExchanges) StoreExchanges {
	sorted := slices.Clone(rounds)
	slices.SortFunc(sorted, func(a, b StoreExchanges) int { return cmp.Compare(a.Ratio, b.Ratio) })
	ratio := sorted[len(sorted)/2].Ratio
	slices.SortFunc(sorted, func(a, b StoreExchanges) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
	m := sorted[len(sorted)/2]
	m.Ratio = ratio
	return m
}

// run begins with exchanges until end, and counts them and their calls.
func (l *loop) run(ctx context.Context, end time.Time) (count, calls int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	var all, made atomic.Int64
	for i := range joined {
		s := newShop(l)
		for range abreast {
			group.Go(func() error {
				defer s.client.CloseIdleConnections()
				return s.carry(ctx, i, end, &all, &made)
			})
		}
	}
	err = group.Wait()
	return all.Load(), made.Load(), err
}

// shop is a connection of the loop's: how many calls it may make at a time to each peer.
type shop struct {
	*loop
	client           *http.Client
	ongoing, shopify chan struct{}
}

func newShop(l *loop) *shop {
	return &shop{
		loop: l, ongoing: make(chan struct{}, 1), shopify: make(chan struct{}, 3),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4, DisableCompression: true}},
	}
}

// carry plays scripts, one after the other.
func (s *shop) carry(ctx context.Context, connection int, end time.Time, all, made *atomic.Int64) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.staff)
	if err != nil {
		return err
	}
	defer conn.Close()
	if at, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(at); err != nil {
			return err
		}
	}
	answers := bufio.NewReader(conn)
	for {
		n := s.begun[connection].Add(1)
		sc := s.scripts[(int64(connection)+n)%int64(len(s.scripts))]
		number := numberAt(firstOf+connection, n)
		for _, c := range sc.calls {
			if c.Command != "" {
				err = obeyed(conn, answers, c.Command, number)
			} else {
				made.Add(1)
				err = s.call(ctx, c, sc.number, number)
			}
			if err != nil {
				return fmt.Errorf("%s %s%s: %w", number, c.Command, c.URI, err)
			}
		}
		if all.Add(1); time.Now().After(end) {
			return nil
		}
	}
}

// call makes one call, with another number in it.
func (s *shop) call(ctx context.Context, c Call, was, is string) error {
	turn := s.ongoing
	if strings.HasSuffix(c.URI, "/graphql.json") {
		turn = s.shopify
	}
	uri, body := strings.ReplaceAll(c.URI, was, is), bytes.ReplaceAll(c.Body, []byte(was), []byte(is))
	turn <- struct{}{}
	defer func() { <-turn }()
	req, err := http.NewRequestWithContext(ctx, c.Method, "http://"+s.at+uri, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Basic V1NJbm9yZHdlYXI6bm93aGVyZQ==")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}
