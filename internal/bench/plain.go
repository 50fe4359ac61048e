package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// loop makes the calls of exchanges again, with other numbers.
type loop struct {
	at, staff string
	scripts   []script
	next      int // number
}

// script is what one exchange called.
type script struct {
	number string
	calls  []Call
}

// learn is the loop of what the stand-ins have met.
func (c *carried) learn(ctx context.Context) (*loop, error) {
	rec, err := recorded(ctx, c.peers.Listening)
	if err != nil {
		return nil, err
	}
	if len(rec.Exchanges) < keptMost {
		return nil, fmt.Errorf("the calls of %d exchanges were kept, want %d", len(rec.Exchanges), keptMost)
	}
	l := &loop{at: c.peers.Listening, staff: c.peers.Ops, next: 500_000}
	for i, calls := range rec.Exchanges {
		l.scripts = append(l.scripts, script{rec.Numbers[i], calls})
	}
	return l, nil
}

// pair is a round of serve, and one of the loop.
func (c *carried) pair(ctx context.Context, each int) (StoreExchanges, error) {
	r, err := c.round(ctx, each)
	if err != nil {
		return r, err
	}
	used := ownCPU()
	took, calls, err := c.loop.run(ctx, each)
	if err != nil {
		return r, fmt.Errorf("plain loop: %w", err)
	}
	n := float64(each * joined)
	r.Plain, r.PlainCalls, r.PlainCPU = n/took.Seconds(), float64(calls)/n, time.Duration(float64(ownCPU()-used)/n)
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

// run makes the calls of so many exchanges of each connection.
func (l *loop) run(ctx context.Context, each int) (took time.Duration, calls int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	var mu sync.Mutex
	begun := time.Now()
	for i := range joined {
		s := newShop(l)
		for j := range abreast {
			group.Go(func() error {
				defer s.client.CloseIdleConnections()
				made, err := s.carry(ctx, i, j, each)
				mu.Lock()
				calls += made
				mu.Unlock()
				return err
			})
		}
	}
	err = group.Wait()
	l.next += each
	return time.Since(begun), calls, err
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
func (s *shop) carry(ctx context.Context, connection, first, each int) (calls int, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.staff)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	answers := bufio.NewReader(conn)
	for n := first; n < each; n += abreast {
		sc := s.scripts[(connection*each+n)%len(s.scripts)]
		number := numberAt(firstOf+connection, s.next+n)
		for _, c := range sc.calls {
			if c.Command != "" {
				err = obeyed(conn, answers, c.Command, number)
			} else {
				calls++
				err = s.call(ctx, c, sc.number, number)
			}
			if err != nil {
				return calls, fmt.Errorf("%s %s%s: %w", number, c.Command, c.URI, err)
			}
		}
	}
	return calls, nil
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
