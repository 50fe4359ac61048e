package server

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// How long, and for how many bytes, a client that was refused in the middle of its body is listened to.
const (
	lingerFor   = time.Second
	lingerBytes = 16 << 20
)

// drainFor is how long a listener that closes still takes who has connected already.
const drainFor = 50 * time.Millisecond

// listener hands out connections that can linger, and tells when it is asked for the first one.
type listener struct {
	net.Listener
	once      sync.Once
	accepting chan struct{} // closed once the server listens
	closing   atomic.Bool
	last      sync.Once
	drained   chan struct{} // closed once a closing listener has nobody left to hand out
}

func wrap(l net.Listener) *listener {
	return &listener{Listener: l, accepting: make(chan struct{}), drained: make(chan struct{})}
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	l.once.Do(func() { close(l.accepting) })
	c, err := l.Listener.Accept()
	if err != nil && l.closing.Load() {
		l.last.Do(func() { close(l.drained) })
		return nil, net.ErrClosed
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		return &lingerer{TCPConn: tcp}, err
	}
	return c, err
}

// Close takes no more connections, after those that wait to be accepted: the kernel has told their clients that they
// are connected, and would reset them.
func (l *listener) Close() error {
	limited, ok := l.Listener.(interface{ SetDeadline(t time.Time) error })
	if ok && !l.closing.Swap(true) {
		//nolint:forbidigo // a deadline of the kernel's: no test's clock moves it
		if limited.SetDeadline(time.Now().Add(drainFor)) == nil {
			timeout := time.NewTimer(2 * drainFor)
			defer timeout.Stop()
			select {
			case <-l.drained:
			case <-timeout.C: // nobody accepts
			}
		}
	}
	return l.Listener.Close()
}

// lingerer is a connection that may hear the client out before it closes. Closed with bytes unread, the
// kernel would reset it, and the client would see a broken pipe in place of our 413.
type lingerer struct {
	*net.TCPConn
	linger atomic.Bool
}

// Close ends the connection, after the rest of a refused body if it lingers.
func (c *lingerer) Close() error {
	if c.linger.Swap(false) && c.CloseWrite() == nil {
		//nolint:forbidigo // a deadline of the kernel's: no test's clock moves it
		if c.SetReadDeadline(time.Now().Add(lingerFor)) == nil {
			_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes) // whatever it says, it was refused
		}
	}
	return c.TCPConn.Close()
}
