package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load is requests over connections that stay open: each is written, and its answer read, before the next
// one on that connection. It speaks HTTP/1.1 by hand, since it shares the machine with what it measures.
type load struct {
	addr        string
	connections int
	count       uint64        // of all requests at most
	time        time.Duration // for which requests are begun, at most
	rate        int           // requests per second of all connections together; 0: as fast as the answers come
	shot        *shot
	// accepted is told of every request that was answered 2xx, by several goroutines; it may be nil.
	accepted func(n uint64)
}

// burst is what a load met.
type burst struct {
	events uint64 // answered 2xx
	took   time.Duration
	cpu    time.Duration // that this process used meanwhile
	delay  histogram     // from the request, or the time at which it was due, to its answer
}

// perSecond is how many answers came in a second.
func (b burst) perSecond() float64 { return float64(b.events) / b.took.Seconds() }

// run sends what l says. Errors: an answer other than 2xx; a connection that broke. What was measured until
// then is given all the same.
func (l load) run(ctx context.Context) (burst, error) {
	lines, err := l.dial(ctx)
	if err != nil {
		return burst{}, err
	}
	stop := context.AfterFunc(ctx, func() {
		for _, c := range lines {
			_ = c.conn.SetDeadline(time.Unix(1, 0)) // a connection that is closed already needs none
		}
	})
	defer stop()
	var (
		wg   sync.WaitGroup
		left atomic.Int64
	)
	left.Store(int64(min(l.count, 1<<62)))
	begun, used := time.Now(), ownCPU()
	for i, c := range lines {
		wg.Go(func() { c.err = l.speak(c, i, begun, &left) })
	}
	wg.Wait()
	out := burst{took: time.Since(begun), cpu: ownCPU() - used}
	errs := []error{ctx.Err()}
	for _, c := range lines {
		out.events += c.delay.count
		out.delay.add(&c.delay)
		errs = append(errs, c.err, c.conn.Close())
	}
	return out, errors.Join(errs...)
}

// line is one connection, and what it met.
type line struct {
	conn    net.Conn
	out, in []byte
	delay   histogram
	err     error
}

func (l load) dial(ctx context.Context) ([]*line, error) {
	var (
		lines  []*line
		dialer net.Dialer
	)
	for range l.connections {
		c, err := dialer.DialContext(ctx, "tcp", l.addr)
		if err != nil {
			for _, c := range lines {
				err = errors.Join(err, c.conn.Close())
			}
			return nil, err
		}
		lines = append(lines, &line{conn: c, in: make([]byte, 4<<10), out: l.shot.text()})
	}
	return lines, nil
}

// speak sends requests on one connection until there are none left or the time is over.
func (l load) speak(c *line, i int, begun time.Time, left *atomic.Int64) error {
	end := begun.Add(l.time)
	var every time.Duration
	due := begun
	if l.rate > 0 {
		every = time.Duration(l.connections) * time.Second / time.Duration(l.rate)
		due = begun.Add(every * time.Duration(i) / time.Duration(l.connections))
	}
	for {
		now := time.Now()
		if every > 0 {
			if wait := due.Sub(now); wait > 0 {
				time.Sleep(wait)
				now = time.Now()
			} else {
				now = due // the answer before came late: what had to wait for it waited since then
			}
			due = due.Add(every)
		}
		if !now.Before(end) || left.Add(-1) < 0 {
			return nil
		}
		n := l.shot.next(c.out)
		if _, err := c.conn.Write(c.out); err != nil {
			return err
		}
		if err := c.answer(); err != nil {
			return err
		}
		c.delay.note(time.Since(now))
		if l.accepted != nil {
			l.accepted(n)
		}
	}
}

var (
	headEnd       = []byte("\r\n\r\n")
	contentLength = []byte("Content-Length: ") // as fasthttp writes it
)

// answer reads one answer. Errors: when it is not 2xx, or says more than it announced.
func (c *line) answer() error {
	n, want := 0, -1
	for want < 0 || n < want {
		if n == len(c.in) {
			return errors.New("an answer is longer than expected")
		}
		k, err := c.conn.Read(c.in[n:])
		if err != nil {
			return err
		}
		n += k
		if want >= 0 {
			continue
		}
		head := bytes.Index(c.in[:n], headEnd)
		if head < 0 {
			continue
		}
		length, err := lengthOf(c.in[:head+2])
		if err != nil {
			return err
		}
		want = head + len(headEnd) + length
	}
	if n > want || n < 12 || c.in[9] != '2' { // HTTP/1.1 200
		return fmt.Errorf("answered: %.300s", c.in[:n])
	}
	return nil
}

// lengthOf is how long the body after a head is.
func lengthOf(head []byte) (int, error) {
	at := bytes.Index(head, contentLength)
	if at < 0 {
		return 0, fmt.Errorf("an answer without its length: %.100s", head)
	}
	text := head[at+len(contentLength):]
	return strconv.Atoi(string(text[:bytes.IndexByte(text, '\r')]))
}
