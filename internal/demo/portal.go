package demo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

const portalSecret = "demo-portal-webhook-secret" //nolint:gosec // of the demo alone

// portal speaks to tradeback as a return portal does: signed webhooks, sent again until one is accepted.
type portal struct {
	url    string
	client *http.Client
	said   atomic.Int64 // event ids
	again  atomic.Int64 // deliveries that the door answered as duplicates
}

// letter is one event of the portal, made once and delivered as often as one likes.
type letter struct {
	name string
	body []byte
}

// write makes an event about a return.
func (p *portal) write(name, returnID, reference, tracking string) letter {
	body, _ := json.Marshal(map[string]any{ // strings and times alone: it cannot fail
		"id": fmt.Sprintf("evt_%d", p.said.Add(1)), "event": name, "created_at": time.Now().UTC().Format(time.RFC3339Nano),
		"data": map[string]any{"shopify_return_id": returnID, "return_id": reference, "tracking_number": tracking},
	})
	return letter{name, body}
}

// deliver sends a letter until it is accepted.
func (p *portal) deliver(ctx context.Context, l letter) error {
	mac := hmac.New(sha256.New, []byte(portalSecret))
	mac.Write(l.body)
	signature := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err := p.attempt(ctx, l, signature)
		var no *answerError
		if err == nil || errors.As(err, &no) && no.status < 500 && no.status != http.StatusTooManyRequests {
			return err
		}
		if rest(ctx, pause) != nil {
			return fmt.Errorf("the portal says %s: %w", l.name, err)
		}
	}
}

func (p *portal) attempt(ctx context.Context, l letter, signature string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(l.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Webhook-Signature", signature)
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
		return &answerError{"the portal says " + l.name, resp.StatusCode, string(text)}
	}
	var answer struct{ Duplicate bool }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Duplicate {
		p.again.Add(1)
	}
	return nil
}

// rest waits a moment, or until ctx ends.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
