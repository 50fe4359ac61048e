package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// swap is an exchange as the API shows it.
type swap struct {
	ID              string    `json:"id"`
	Number          string    `json:"number"`
	ReturnNumber    string    `json:"return_number"`
	ShopifyReturnID string    `json:"shopify_return_id"`
	Stage           string    `json:"stage"`
	OrderStatus     string    `json:"order_status"`
	ReturnStatus    string    `json:"return_status"`
	Created         time.Time `json:"created_at"`
	Settlement      struct {
		Status   string
		Captured Amount
	} `json:"settlement"`
	WaitingFor []struct{ Condition string } `json:"waiting_for"`
	Raised     []struct{ Code, Message string }
	Timeline   []moment `json:"timeline"`
}

// moment is a line of an exchange's journal.
type moment struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	EventID string    `json:"event_id"`
	Facts   string    `json:"facts"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	LedTo   []string  `json:"led_to"`
	Effects []string  `json:"effects"`
	Raised  []string  `json:"raised"`
}

// String says where the exchange stands, and why.
func (s swap) String() string {
	var why []string
	for _, w := range s.WaitingFor {
		why = append(why, w.Condition)
	}
	text := fmt.Sprintf("exchange %s is %s", s.ID, s.Stage)
	if len(why) > 0 {
		text += ", waiting for: " + strings.Join(why, ", ")
	}
	for _, r := range s.Raised {
		text += fmt.Sprintf("; raised %s: %s", r.Code, r.Message)
	}
	return text
}

// raises reports whether something needs a person.
func (s swap) raises(code string) bool {
	return slices.ContainsFunc(s.Raised, func(r struct{ Code, Message string }) bool { return r.Code == code })
}

// list are all exchanges, the oldest first, without their timelines.
func (t *tradeback) list(ctx context.Context) ([]swap, error) {
	var page struct{ Data []swap }
	if err := t.api.get(ctx, "/v1/exchanges?connection="+connectionName+"&limit=100", &page); err != nil {
		return nil, err
	}
	slices.SortStableFunc(page.Data, func(a, b swap) int { return a.Created.Compare(b.Created) })
	return page.Data, nil
}

// show is one exchange with its timeline.
func (t *tradeback) show(ctx context.Context, id string) (s swap, err error) {
	return s, t.api.get(ctx, "/v1/exchanges/"+url.PathEscape(id), &s)
}

// request asks for an exchange. made is empty where the answer is that it takes longer.
func (t *tradeback) request(ctx context.Context, key string, body map[string]any) (made swap, status int, err error) {
	body["connection"] = connectionName
	status, err = t.post(ctx, "/v1/exchanges", key, body, &made)
	return made, status, err
}

// post asks the API for something, again until there is an answer: after a crash the same key makes sure that it
// is asked for once.
func (t *tradeback) post(ctx context.Context, path, key string, body, answer any) (status int, err error) {
	for {
		status, err = t.api.call(ctx, http.MethodPost, path, body, answer, "Idempotency-Key", key)
		var no *answerError
		if err == nil || ctx.Err() != nil || errors.As(err, &no) && no.status < 500 && no.status != http.StatusTooManyRequests {
			return status, err
		}
		if err := rest(ctx, 20*time.Millisecond); err != nil {
			return 0, err
		}
	}
}
