package announce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tradeback/tradeback/internal/connection"
)

// errGone is a subscriber who wants to hear no more.
var errGone = errors.New("the subscriber answered 410")

// post sends one message. Each secret signs it, the time is that of this attempt.
//
// Errors: errGone; they name no URL.
func post(ctx context.Context, client *http.Client, s connection.Subscriber, id string, m message, body []byte, now time.Time) error {
	if s.Format == connection.Chat {
		line, err := m.line()
		if err != nil {
			return err
		}
		if body, err = json.Marshal(map[string]string{"text": line}); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL.Reveal(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the subscriber's URL cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	if s.Format != connection.Chat {
		signatures, err := sign(s.Live(now), id, now, body)
		if err != nil {
			return err
		}
		req.Header.Set(standardwebhooks.HeaderWebhookID, id)
		req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
		req.Header.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	}
	resp, err := client.Do(req)
	var around *url.Error
	if errors.As(err, &around) {
		err = around.Err // around tells the URL
	}
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusGone:
		return errGone
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("the subscriber answered %d", resp.StatusCode)
	}
	return nil
}

func sign(secrets []connection.Secret, id string, now time.Time, body []byte) (string, error) {
	var all []string
	for _, s := range secrets {
		by, err := standardwebhooks.NewWebhook(s.Reveal())
		if err != nil {
			return "", errors.New("the subscriber's secret is no base64")
		}
		signature, err := by.Sign(id, now, body)
		if err != nil {
			return "", err
		}
		all = append(all, signature)
	}
	return strings.Join(all, " "), nil
}
