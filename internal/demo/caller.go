package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// caller calls one HTTP server with JSON bodies.
type caller struct {
	base   string // http://127.0.0.1:1234
	header http.Header
	client *http.Client
}

// newClient is what all callers of a story share.
func newClient() *http.Client {
	return &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
}

// answerError is an answer that is no success.
type answerError struct {
	call   string
	status int
	body   string
}

func (e *answerError) Error() string {
	return fmt.Sprintf("%s: status %d: %s", e.call, e.status, e.body)
}

// call sends in, if it is not nil, and decodes the answer into out, if that is not nil. Errors: *answerError
// for an answer outside of 200 to 299; any other when there was none.
func (c *caller) call(ctx context.Context, method, path string, in, out any, header ...string) (status int, err error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, err
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, &answerError{method + " " + path, resp.StatusCode, string(bytes.TrimSpace(text[:min(len(text), 500)]))}
	}
	if out == nil {
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return resp.StatusCode, nil
}

func (c *caller) get(ctx context.Context, path string, out any) error {
	_, err := c.call(ctx, http.MethodGet, path, nil, out)
	return err
}

func (c *caller) post(ctx context.Context, path string, in, out any) error {
	_, err := c.call(ctx, http.MethodPost, path, in, out)
	return err
}
