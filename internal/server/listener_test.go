package server

import (
	"net"
	"testing"
)

// TestWhoHasConnectedIsStillServed closes a listener while clients wait to be accepted.
func TestWhoHasConnectedIsStillServed(t *testing.T) {
	var lc net.ListenConfig
	tcp, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := wrap(tcp)
	const clients = 50
	var dialer net.Dialer
	for range clients {
		c, err := dialer.DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	n := 0
	for {
		c, err := l.Accept()
		if err != nil {
			break
		}
		n++
		_ = c.Close()
	}
	if err := <-closed; err != nil || n != clients {
		t.Errorf("%d of %d clients were accepted, %v", n, clients, err)
	}
}
