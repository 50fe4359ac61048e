package sim

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Delivery is one webhook to be sent: POST of Body with Header to URL. Label says what it is about, for
// the records and for one-shot drops. Retry holds the waits after each attempt that got no 2xx; when they
// are spent the delivery is given up.
type Delivery struct {
	URL    string
	Header http.Header
	Body   []byte
	Label  string
	Retry  []time.Duration
}

// A Courier delivers webhooks, one at a time in the order they were enqueued unless its Modes say
// otherwise. It is safe for concurrent use. Close ends it.
type Courier struct {
	client *http.Client
	quick  time.Duration

	mu     sync.Mutex
	modes  Modes
	dice   *rand.Rand
	chance Chance
	drawn  draws
	seq    int
	era    int // grows with each Reset
	all    []*letter
	queue  []*letter // by due, then seq
	flying int
	news   chan struct{} // closed when what becomes of a delivery changes

	start   sync.Once
	ctx     context.Context
	stop    context.CancelFunc
	wake    chan struct{}
	working sync.WaitGroup
}

// A letter is one sending of a delivery; a duplicated delivery is several letters.
type letter struct {
	Delivery
	seq      int
	era      int
	due      time.Time
	state    string
	attempts int
	status   int
	err      string
}

// NewCourier returns a courier that gives each attempt up after timeout (0: 5 s). A quick above zero
// replaces the waits of every retry schedule, though not their number, by quick, 2*quick, 4*quick … up to
// a second, so that a rehearsal need not wait for a vendor's minutes.
func NewCourier(quick, timeout time.Duration) *Courier {
	ctx, stop := context.WithCancel(context.Background())
	return &Courier{
		client: &http.Client{
			Timeout:   cmp.Or(timeout, 5*time.Second),
			Transport: &http.Transport{MaxIdleConnsPerHost: 4},
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
		quick: quick,
		dice:  diceOf(0),
		ctx:   ctx,
		stop:  stop,
		wake:  make(chan struct{}, 1),
	}
}

// Enqueue takes d on. What happens to it is up to the modes in force.
func (c *Courier) Enqueue(d Delivery) {
	if c.ctx.Err() != nil {
		return
	}
	c.start.Do(func() { c.working.Go(c.work) })
	c.mu.Lock()
	defer c.mu.Unlock()
	drop := c.modes.drops(d.Label)
	copies, late, lost := 1, 0, false
	if c.drawn != nil {
		copies, late, lost = c.chance.webhook(c.drawn.next(c.chance.Seed, d.Label))
	}
	for range max(copies, c.modes.Duplicates) {
		c.seq++
		l := &letter{Delivery: d, seq: c.seq, era: c.era}
		c.all = append(c.all, l)
		switch {
		case drop || lost:
			l.state = Dropped
		case c.modes.Hold || c.modes.Shuffle:
			l.state = Held
		default:
			c.post(l, c.modes.delay(c.dice)+time.Duration(late)*time.Millisecond)
		}
	}
}

// Close stops all sending, also under way, and returns when it has stopped.
func (c *Courier) Close() {
	c.stop()
	c.start.Do(func() {}) // nothing starts any more
	c.working.Wait()
	c.client.CloseIdleConnections()
}

// post puts l in the queue, due after wait. The lock is held.
func (c *Courier) post(l *letter, wait time.Duration) {
	l.state, l.due = Waiting, time.Now().Add(wait)
	at, _ := slices.BinarySearchFunc(c.queue, l, func(a, b *letter) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.seq, b.seq))
	})
	c.queue = slices.Insert(c.queue, at, l)
	c.nudge()
}

func (c *Courier) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Courier) work() {
	for c.ctx.Err() == nil {
		l, wait := c.next()
		if l != nil {
			c.working.Go(func() { c.send(l) })
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-c.ctx.Done():
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// next takes the letter that is due now, or says how long there is nothing to do.
func (c *Courier) next() (*letter, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || c.flying >= max(1, c.modes.Parallel) {
		return nil, time.Hour
	}
	l := c.queue[0]
	if wait := time.Until(l.due); wait > 0 {
		return nil, wait
	}
	c.queue = c.queue[1:]
	c.flying++
	return l, 0
}

func (c *Courier) send(l *letter) {
	status, err := c.attempt(l.Delivery)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying--
	c.nudge()
	l.attempts++
	l.status, l.err = status, ""
	if err != nil {
		l.err = err.Error()
	}
	defer c.tell()
	switch {
	case err == nil && status >= 200 && status < 300:
		l.state = Delivered
	case l.attempts > len(l.Retry) || l.era != c.era:
		l.state = GivenUp
	default:
		c.post(l, c.pause(l))
	}
}

// Settled returns when no delivery waits for its turn or for a retry; what is held is none of them.
// Errors: that of ctx when it is done before.
func (c *Courier) Settled(ctx context.Context) error {
	for {
		c.mu.Lock()
		if !slices.ContainsFunc(c.all, func(l *letter) bool { return l.state == Waiting }) {
			c.mu.Unlock()
			return nil
		}
		if c.news == nil {
			c.news = make(chan struct{})
		}
		news := c.news
		c.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tell wakes those who wait for a change. The lock is held.
func (c *Courier) tell() {
	if c.news != nil {
		close(c.news)
		c.news = nil
	}
}

func (c *Courier) pause(l *letter) time.Duration {
	if c.quick > 0 {
		return min(c.quick<<min(l.attempts-1, 10), max(time.Second, c.quick))
	}
	return l.Retry[l.attempts-1]
}

func (c *Courier) attempt(d Delivery) (int, error) {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, fmt.Errorf("webhook %s: %w", d.Label, err)
	}
	for name, values := range d.Header {
		req.Header[name] = values
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection can be used again
	return resp.StatusCode, nil
}
