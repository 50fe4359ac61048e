package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/server"
)

// routes is a part made of functions.
type routes map[string]fiber.Handler

func (r routes) Mount(app fiber.Router) {
	for path, h := range r {
		app.All(path, h)
	}
}

// running is a server that serves a test.
type running struct {
	t    *testing.T
	addr string
	ops  string
	srv  *server.Server
	stop context.CancelFunc
	done chan error
}

// start runs a server on loopback until the test ends.
func start(t *testing.T, parts routes, change ...func(*server.Options)) *running {
	t.Helper()
	o := server.Options{
		Listener: listen(t), Ops: listen(t), Log: zerolog.Nop(), Metrics: server.NewMetrics(), Now: time.Now,
		ReadTimeout: 5 * time.Second, Grace: 5 * time.Second,
	}
	for _, c := range change {
		c(&o)
	}
	r := &running{t: t, addr: o.Listener.Addr().String(), ops: o.Ops.Addr().String(), done: make(chan error, 1)}
	r.srv = server.New(o, parts)
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.done <- r.srv.Run(ctx) }()
	t.Cleanup(func() { http.DefaultClient.CloseIdleConnections(); r.stop() })
	return r
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// get asks one of the server's addresses.
func get(t *testing.T, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// say writes raw to a new connection and gives the first answer, and whether the server then hung up.
func (r *running) say(raw string) (status int, body string, hungUp bool) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, strings.ReplaceAll(raw, "\n", "\r\n")); err != nil {
		r.t.Fatal(err)
	}
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		r.t.Fatalf("no answer: %v", err)
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Close {
		_, err = in.ReadByte()
	}
	return resp.StatusCode, string(got), resp.Close && errors.Is(err, io.EOF)
}

// ok answers with what a handler sees of the body.
func ok(c *fiber.Ctx) error { return c.SendString(fmt.Sprintf("%d bytes", len(c.BodyRaw()))) }
