package lane

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestStatusesAreSorted(t *testing.T) {
	for _, c := range []struct {
		class    Class
		statuses []int
	}{
		{Fine, []int{200, 201, 204}},
		{Blocked, []int{401, 402, 403, 423}},
		{Refused, []int{400, 404, 405, 409, 410, 413, 415, 422}},
		{Retry, []int{301, 307, 408, 425, 429, 430, 500, 502, 503, 504, 520}},
	} {
		for _, status := range c.statuses {
			if got := Sort(status); got != c.class {
				t.Errorf("Sort(%d) = %s, want %s", status, got, c.class)
			}
		}
	}
}

func TestCheckSaysWhatSurelyWasNotCarriedOut(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		status   int
		fine     bool
		declined bool
	}{{200, true, false}, {404, true, false}, {401, false, true}, {429, false, true}, {430, false, true}, {500, false, false}, {408, false, false}} {
		err := Check(answer(c.status, ""), now)
		if (err == nil) != c.fine || errors.Is(err, exchange.ErrNotSent) != c.declined {
			t.Errorf("Check(%d) = %v", c.status, err)
		}
	}
	var n *exchange.NotSentError
	if err := Check(answer(429, "", "Retry-After", "7"), now); !errors.As(err, &n) || n.After != 7*time.Second {
		t.Errorf("Check = %v, want to wait 7 s", err)
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true},
		{"2", 2 * time.Second, true},
		{"1.5", 1500 * time.Millisecond, true},
		{" 3 ", 3 * time.Second, true},
		{"1e400", time.Hour, true},
		{"Sun, 22 Nov 2026 10:01:00 GMT", time.Minute, true},
		{"Sun, 22 Nov 2026 09:00:00 GMT", 0, true},
		{"Sun, 22 Nov 2099 09:00:00 GMT", time.Hour, true},
		{"-5", 0, false},
		{"NaN", 0, false},
		{"soon", 0, false},
		{"", 0, false},
	} {
		if got, ok := RetryAfter(http.Header{"Retry-After": {c.text}}, now); got != c.want || ok != c.ok {
			t.Errorf("RetryAfter(%q) = %s, %v, want %s, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}
