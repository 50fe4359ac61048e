package lane

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Class says what an HTTP status means for the call. Bodies have their say after that, in the adapters.
type Class string

// The classes.
const (
	Fine    Class = "fine"    // 2xx: the body tells
	Retry   Class = "retry"   // worth another try; whether the call was carried out is open, unless it is 429
	Refused Class = "refused" // the peer said no for good
	Blocked Class = "blocked" // nothing goes until a person mends the account: the breaker counts these
)

// statusSecurity is Shopify's refusal of a call that looks malicious. It passes.
const statusSecurity = 430

// Sort classes an HTTP status.
func Sort(status int) Class {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusLocked:
		return Blocked
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, statusSecurity:
		return Retry
	}
	switch {
	case status >= 200 && status < 300:
		return Fine
	case status >= 400 && status < 500:
		return Refused
	}
	return Retry
}

// StatusError is an answer that leaves open whether the call was carried out: 408, 5xx.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("answered %d", e.Status) }

// Check sorts the answers that are alike for all peers. nil leaves the body to the adapter: the call was
// done (2xx), or refused for a reason that the body tells (other 4xx).
//
// Errors: *exchange.NotSentError for 401, 402, 403, 423, 429 and 430; *StatusError for the rest.
func Check(resp *http.Response, now time.Time) error {
	class := Sort(resp.StatusCode)
	switch {
	case class == Fine, class == Refused:
		return nil
	case class == Blocked, resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == statusSecurity:
		after, _ := RetryAfter(resp.Header, now)
		return &exchange.NotSentError{After: after, Err: &StatusError{resp.StatusCode}}
	}
	return &StatusError{resp.StatusCode}
}

// longestRest bounds what a peer can ask for, so that a slip of theirs does not end the lane.
const longestRest = time.Hour

// RetryAfter reads the header of that name: seconds or an HTTP date. ok is false if there is none that can
// be read.
func RetryAfter(h http.Header, now time.Time) (after time.Duration, ok bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, longestRest.Seconds()) * float64(time.Second)), true
	} else if errors.Is(err, strconv.ErrRange) {
		return longestRest, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), longestRest), true
	}
	return 0, false
}

// restAfter says how long the lane leaves the peer alone after resp, and whether the peer asked for that.
func restAfter(resp *http.Response, now time.Time) (rest time.Duration, said bool) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	return RetryAfter(resp.Header, now)
}
