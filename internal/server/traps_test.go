package server_test

import (
	"bytes"
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

func TestRequestsWithTwoEndsAreRefused(t *testing.T) {
	r := start(t, routes{"/x": ok})
	const head = "POST /x HTTP/1.1\nHost: x\n"
	for name, raw := range map[string]string{
		"two Content-Lengths":                   head + "Content-Length: 3\nContent-Length: 4\n\nabcd",
		"the same Content-Length twice":         head + "Content-Length: 3\nContent-Length: 3\n\nabc",
		"Content-Length, then chunked":          head + "Content-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n",
		"chunked, then Content-Length":          head + "Transfer-Encoding: chunked\nContent-Length: 3\n\n0\n\n",
		"in small letters":                      head + "transfer-encoding: chunked\ncontent-length: 3\n\n0\n\n",
		"Content-Length and identity":           head + "Content-Length: 3\nTransfer-Encoding: identity\n\nabc",
		"chunked twice":                         head + "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n",
		"an encoding that is none":              head + "Transfer-Encoding: xchunked\n\n0\n\n",
		"a Content-Length that is none":         head + "Content-Length: +3\n\nabc",
		"a space before the colon":              head + "Content-Length : 3\n\nabc",
		"a header folded over lines":            head + "Content-Length:\n 3\n\nabc",
		"Transfer-Encoding of an older version": "POST /x HTTP/1.0\nHost: x\nTransfer-Encoding: chunked\n\n0\n\n",
	} {
		status, body, hungUp := r.say(raw)
		if status != 400 || !hungUp {
			t.Errorf("%s: status %d, hung up %v: %s", name, status, hungUp, body)
		}
	}
	if status, body, _ := r.say(head + "Connection: close\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n"); status != 200 || body != "3 bytes" {
		t.Errorf("chunked alone: %d %s", status, body)
	}
}

func TestPanicEndsOneRequestOnly(t *testing.T) {
	var log bytes.Buffer
	r := start(t, routes{"/x": ok, "/bad": func(*fiber.Ctx) error { panic("a mistake") }},
		func(o *server.Options) { o.Log = zerolog.New(&log) })
	resp, body := get(t, "http://"+r.addr+"/bad", "X-Request-Id", "req-1")
	if resp.StatusCode != 500 || strings.Contains(body, "mistake") || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a panic answers %d %s", resp.StatusCode, body)
	}
	if resp, _ := get(t, "http://"+r.addr+"/x"); resp.StatusCode != 200 {
		t.Errorf("afterwards: %d", resp.StatusCode)
	}
	if line := log.String(); !strings.Contains(line, "a mistake") || !strings.Contains(line, `"request":"req-1"`) || !strings.Contains(line, "traps_test.go") {
		t.Errorf("the log says %s", line)
	}
}

func TestSlowSenderIsCutOff(t *testing.T) {
	r := start(t, routes{"/x": ok}, func(o *server.Options) { o.ReadTimeout = 50 * time.Millisecond })
	for name, raw := range map[string]string{
		"in its headers": "POST /x HTTP/1.1\nHost: x\nContent-Le",
		"in its body":    "POST /x HTTP/1.1\nHost: x\nContent-Length: 10\n\nabc",
	} {
		if status, _, hungUp := r.say(raw); status != 408 || !hungUp {
			t.Errorf("%s: %d, hung up %v", name, status, hungUp)
		}
	}
}

func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	inside := make(chan bool, 1)
	r := start(t, routes{"/big": func(c *fiber.Ctx) error {
		inside <- true
		return c.Send(make([]byte, 64<<20))
	}}, func(o *server.Options) { o.WriteTimeout, o.Grace = 50*time.Millisecond, 20*time.Second })
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-inside
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("the server waited for it: %v", err)
	}
}

func TestBombIsNotUnpacked(t *testing.T) {
	r := start(t, routes{"/x": ok})
	packed := strings.Repeat("\x00", 1000)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+"/x", strings.NewReader(packed))
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.ContentLength != int64(len("1000 bytes")) {
		t.Errorf("%d, %d bytes: a body was not left as it was sent", resp.StatusCode, resp.ContentLength)
	}
}

func TestClientThatSendsTooMuchReadsWhy(t *testing.T) {
	r := start(t, routes{"/x": ok})
	big := strings.Repeat("x", 10<<20)
	for range 5 {
		if status, body, hungUp := r.say("POST /x HTTP/1.1\nHost: x\nContent-Length: 10485760\n\n" + big); status != 413 || !hungUp {
			t.Fatalf("%d, hung up %v: %s", status, hungUp, body)
		}
	}
	if status, _, _ := r.say("POST /x HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n" + fmt.Sprintf("%x\n%s\n0\n\n", len(big), big)); status != 413 {
		t.Errorf("chunked: %d", status)
	}
}

func TestHeadersHaveALimit(t *testing.T) {
	r := start(t, routes{"/x": ok})
	if status, body, hungUp := r.say("GET /x HTTP/1.1\nHost: x\nX-Long: " + strings.Repeat("x", 20<<10) + "\n\n"); status != 431 || !hungUp {
		t.Errorf("%d, hung up %v: %s", status, hungUp, body)
	}
}

func TestMultipartIsNotTakenApart(t *testing.T) {
	r := start(t, routes{"/x": ok})
	status, body, _ := r.say("POST /x HTTP/1.1\nHost: x\nConnection: close\nContent-Type: multipart/form-data; boundary=b\nContent-Length: 7\n\nnothing")
	if status != 200 || body != "7 bytes" {
		t.Errorf("%d %s", status, body)
	}
}

func TestManyIdleConnectionsBlockNobody(t *testing.T) {
	r := start(t, routes{"/x": ok})
	for range 500 {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if resp, _ := get(t, "http://"+r.addr+"/x"); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}
