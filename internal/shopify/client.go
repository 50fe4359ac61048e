package shopify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Khan/genqlient/graphql"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// largestAnswer bounds what is read of an answer.
//
// Units: bytes.
const largestAnswer = 16 << 20

// client is the graphql.Client of a shop. Its errors are sorted: *exchange.RejectedError,
// *exchange.NotSentError, and everything else leaves the outcome unknown.
type client struct {
	url    string
	http   *http.Client
	tokens *tokens
	now    func() time.Time
	served atomic.Pointer[string] // the version of the API that answered last
}

// MakeRequest sends req and reads the data of its answer. A token that was refused is renewed once.
//
// Shape: POST of {"query", "variables", "operationName"}; nulls are stripped from the variables, because
// to Shopify a null is a value.
func (c *client) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	variables, err := withoutNulls(req.Variables)
	if err != nil {
		return fmt.Errorf("%s: variables: %w", req.OpName, err)
	}
	body, err := json.Marshal(struct {
		Query         string          `json:"query"`
		Variables     json.RawMessage `json:"variables,omitempty"`
		OperationName string          `json:"operationName"`
	}{req.Query, variables, req.OpName})
	if err != nil {
		return fmt.Errorf("%s: %w", req.OpName, err)
	}
	ctx = lane.WithOperation(ctx, req.OpName)
	token, err := c.tokens.current(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", req.OpName, err)
	}
	a, err := c.send(ctx, token, body)
	if err == nil && a.status == http.StatusUnauthorized && c.tokens.renewable() {
		var other string
		if other, err = c.tokens.renew(ctx, token); err == nil && other != token {
			a, err = c.send(ctx, other, body)
		}
	}
	if err == nil {
		err = a.read(strings.HasPrefix(strings.TrimSpace(req.Query), "mutation"), resp.Data, c.now())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", req.OpName, err)
	}
	return nil
}

// send makes one call. Whatever the status, an answer is no error.
func (c *client) send(ctx context.Context, token string, body []byte) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Shopify-Access-Token", token)
	a, err := exchanged(c.http, req)
	if err == nil {
		if v := a.header.Get("X-Shopify-API-Version"); v != "" {
			v = clipped(v)
			c.served.Store(&v)
		}
	}
	return a, err
}

// exchanged sends req and reads the whole answer.
func exchanged(way *http.Client, req *http.Request) (*answer, error) {
	resp, err := way.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if len(body) > largestAnswer {
		return nil, fmt.Errorf("answer is longer than %d bytes", largestAnswer)
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// unreachable sorts the error of a call without an answer. What never left is exchange.ErrNotSent.
func unreachable(err error) error {
	if errors.Is(err, exchange.ErrNotSent) {
		return err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return &exchange.NotSentError{Err: err}
	}
	return err
}
