package redis_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// line is a way to Redis that breaks when it is told to: after a call has arrived, before its answer does.
type line struct {
	addr string
	cut  atomic.Int32 // how many answers are to be lost
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ln := &line{addr: l.Addr().String()}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(far, near)
				far.Close()
			}()
			go ln.answers(near, far)
		}
	}()
	return ln
}

// answers brings answers from far to near, but for those that are to be lost, with which the line breaks.
func (l *line) answers(near, far net.Conn) {
	defer near.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := far.Read(buf)
		if err != nil {
			return
		}
		if left := l.cut.Load(); left > 0 && l.cut.CompareAndSwap(left, left-1) {
			return
		}
		if _, err := near.Write(buf[:n]); err != nil {
			return
		}
	}
}
