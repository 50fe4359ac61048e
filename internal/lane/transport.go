package lane

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// newTransport makes the transport under a lane. It uses no proxy and speaks HTTP/1.1 only, one call on a
// connection, so that what became of a call can be told.
func newTransport(h hosts) *http.Transport {
	plain := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	guarded := *plain
	guarded.Control = control
	one := new(http.Protocols)
	one.SetHTTP1(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if h.allows(address) {
				return plain.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		Protocols:              one,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		DisableCompression:     true,
		MaxIdleConns:           failureLimit,
		MaxIdleConnsPerHost:    failureLimit,
		IdleConnTimeout:        50 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// send makes the call and reads its answer to the end. sent is false when no connection was made, so that
// the call surely was not carried out. A call whose time is over is not made: a process that was stopped meanwhile
// goes on before the timer of its context does.
func (l *Lane) send(req *http.Request) (resp *http.Response, body []byte, sent bool, err error) {
	ctx, cancel := context.WithTimeout(req.Context(), l.options.Timeout)
	defer cancel()
	// Only the connection tells for sure: once there is one, the request may go out on its own goroutine
	// even while this one already gives up.
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent = true },
	})
	out, err := outgoing(req, ctx)
	if err != nil {
		return nil, nil, false, err
	}
	if late(ctx) {
		return nil, nil, false, context.DeadlineExceeded
	}
	resp, err = l.base.RoundTrip(out)
	if err != nil {
		return nil, nil, sent, err
	}
	defer resp.Body.Close()
	whole := bytes.NewBuffer(make([]byte, 0, max(0, min(resp.ContentLength, usualBody))+bytes.MinRead))
	if _, err = whole.ReadFrom(io.LimitReader(resp.Body, l.options.MaxResponse+1)); err != nil {
		return nil, nil, true, fmt.Errorf("read the answer: %w", err)
	}
	body = whole.Bytes()
	if int64(len(body)) > l.options.MaxResponse {
		return nil, nil, true, errTooLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, body, true, nil
}

// late reports whether the time of ctx is over, also where nothing has ended it yet.
func late(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(end) //nolint:forbidigo // contexts go by the machine's own clock
}

// outgoing is req with a body of known length: peers are sent a Content-Length, never chunks.
func outgoing(req *http.Request, ctx context.Context) (*http.Request, error) {
	out := req.Clone(ctx)
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "tradeback")
	}
	if req.Body == nil || req.Body == http.NoBody || req.ContentLength > 0 {
		return out, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	if len(body) == 0 {
		return nil, errors.New("the request has a body of no length")
	}
	_ = req.Body.Close()
	out.Body, out.ContentLength, out.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	return out, nil
}
