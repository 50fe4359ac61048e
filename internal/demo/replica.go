package demo

import (
	"context"
	"net"
	"net/http"
	"time"
)

// replica is one process that serves.
type replica struct {
	at      string // where it listens
	ops     string // where it tells of itself
	process *process
	moving  bool          // it is being started anew, some time later
	started chan struct{} // closed when that is done
}

// front is where replicas are spoken to: a balancer before them.
type front struct {
	at     string
	server *http.Server
}

// openFront lets a balancer before these addresses listen on a free port.
func openFront(ctx context.Context, addresses []string) (*front, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{at: l.Addr().String(), server: &http.Server{Handler: NewBalancer(addresses...), ReadHeaderTimeout: 5 * time.Second}}
	go func() { _ = f.server.Serve(l) }() // until it is closed
	return f, nil
}

func (f *front) close() error {
	if f == nil {
		return nil
	}
	return f.server.Close()
}
