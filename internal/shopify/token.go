package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// renewBefore is how long before its end a token is renewed.
const renewBefore = 5 * time.Minute

// TokenSource is how calls are authenticated: by Access alone, which does not end, or by client
// credentials, which get a token of 24 hours again and again.
type TokenSource struct {
	Access       string    // the token, or the last one that was saved
	Expires      time.Time // when Access ends; zero: never, or not known
	ClientID     string    // empty: Access is all there is
	ClientSecret string
	// Save stores a new token. It is called before the token is first used; if it fails, the token is not used.
	Save func(ctx context.Context, token string, expires time.Time) error
	// Load gives the token that was saved last, by whomever, and when it was got; empty: none. It is asked before a
	// new one is got, so that who takes over goes on with what is there. May be nil.
	Load func(ctx context.Context) (token string, expires, granted time.Time, err error)
}

// tokens keeps a shop's token. One call at a time renews it; the others wait.
type tokens struct {
	source TokenSource
	url    string
	http   *http.Client
	now    func() time.Time

	mu      sync.Mutex
	have    string
	ends    time.Time
	granted time.Time // when the last one was got
}

func (t *tokens) renewable() bool { return t.source.ClientID != "" }

// current is a token that is good for the next minutes.
//
// Errors: exchange.ErrNotSent: without a token no call is made.
func (t *tokens) current(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.renewable() || t.fresh(t.have, t.ends) {
		return t.have, nil
	}
	if err := t.load(ctx); err != nil {
		return "", err
	}
	if t.fresh(t.have, t.ends) {
		return t.have, nil
	}
	return t.grant(ctx)
}

func (t *tokens) fresh(token string, ends time.Time) bool {
	return token != "" && (ends.IsZero() || t.now().Add(renewBefore).Before(ends))
}

// load takes the token that was saved last, if that is a later one.
func (t *tokens) load(ctx context.Context) error {
	if t.source.Load == nil {
		return nil
	}
	token, ends, granted, err := t.source.Load(ctx)
	if err != nil {
		return notSent(fmt.Errorf("load access token: %w", err))
	}
	if token != "" && granted.After(t.granted) {
		t.have, t.ends, t.granted = token, ends, granted
	}
	return nil
}

// renew is a token other than refused, which another call may have got in the meantime. One that is fresh is given back
// as it is: the shop wants none of ours then, and to the lane each grant would look as if all were well.
func (t *tokens) renew(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.have == refused {
		if err := t.load(ctx); err != nil {
			return "", err
		}
	}
	if t.have != refused || !t.granted.IsZero() && t.now().Sub(t.granted) < renewBefore {
		return t.have, nil
	}
	return t.grant(ctx)
}

// grant gets a token for the client credentials and saves it.
//
// Shape: POST of a form; the answer holds access_token and expires_in, in seconds.
// Source: shopify.dev, "Client credentials grant".
func (t *tokens) grant(ctx context.Context) (string, error) {
	token, life, err := t.ask(ctx)
	if err != nil {
		return "", notSent(fmt.Errorf("access token: %w", err))
	}
	ends := t.now().Add(life)
	if t.source.Save != nil {
		if err := t.source.Save(ctx, token, ends); err != nil {
			return "", notSent(fmt.Errorf("save access token: %w", err))
		}
	}
	t.have, t.ends, t.granted = token, ends, t.now()
	return token, nil
}

func (t *tokens) ask(ctx context.Context) (token string, life time.Duration, err error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {t.source.ClientID}, "client_secret": {t.source.ClientSecret},
	}
	ctx = lane.WithOperation(ctx, "access_token") // it costs nothing of the bucket
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	a, err := exchanged(t.http, req)
	if err != nil {
		return "", 0, err
	}
	if a.status != http.StatusOK {
		after, _ := lane.RetryAfter(a.header, t.now())
		return "", 0, &exchange.NotSentError{After: after, Err: errors.New(a.said("refused"))}
	}
	var granted struct {
		Token string `json:"access_token"`
		Life  int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(a.body, &granted); err != nil || granted.Token == "" || granted.Life < 1 {
		return "", 0, errors.New("answer holds no token") // its body may: it is not quoted
	}
	return granted.Token, time.Duration(granted.Life) * time.Second, nil
}

// notSent marks err as one before the call itself, which was never made. A rejection stays one.
func notSent(err error) error {
	if errors.Is(err, exchange.ErrRejected) {
		return err
	}
	wait := time.Duration(0)
	var inner *exchange.NotSentError
	if errors.As(err, &inner) {
		wait = inner.After
	}
	return &exchange.NotSentError{After: wait, Err: err}
}
