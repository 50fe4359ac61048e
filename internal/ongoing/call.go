package ongoing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// call makes one call and reads its answer into out. in is the body, nil for none.
//
// Shape: JSON both ways, HTTP Basic, a body of known length: chunked bodies are said to fail there.
// Errors: exchange.RejectedError for a 4xx with Ongoing's words, and for quantities that are no whole
// items; exchange.NotSentError for what surely was not carried out; any other leaves that open.
func (p *Peer) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	req, err := p.request(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return unanswered(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if n := int(res.ContentLength); n > 0 { // a lane knows it
		body.Grow(n + bytes.MinRead)
	}
	if _, err := body.ReadFrom(res.Body); err != nil {
		return fmt.Errorf("%s %s: half an answer: %w", method, path, err)
	}
	if err := sorted(res, body.Bytes(), p.now()); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if err := json.Unmarshal(body.Bytes(), out); err != nil {
		if errors.Is(err, ongoingrest.ErrNotWhole) {
			return &exchange.RejectedError{Code: codeFractional, Reason: err.Error()}
		}
		return fmt.Errorf("%s %s: the answer cannot be read: %w", method, path, err)
	}
	return nil
}

func (p *Peer) request(ctx context.Context, method, path string, query url.Values, in any) (*http.Request, error) {
	at := p.base + path
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(text) // gives the request its Content-Length
	}
	req, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.SetBasicAuth(p.username, p.password)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// unanswered is why a call got no answer, without its address, which http.Client puts before it. The lane
// has marked what was not sent.
func unanswered(err error) error {
	var where *url.Error
	if errors.As(err, &where) {
		err = where.Err
	}
	return fmt.Errorf("no answer: %w", err)
}

// list asks for what matches one filter. An empty value would ask for everything: it matches nothing.
func list[T any](ctx context.Context, p *Peer, path, filter, value string) ([]T, error) {
	if value == "" {
		return nil, nil
	}
	var found []T
	query := url.Values{"goodsOwnerId": {strconv.FormatInt(p.owner, 10)}, filter: {value}}
	if err := p.call(ctx, http.MethodGet, path, query, nil, &found); err != nil {
		return nil, err
	}
	return found, nil
}
