package ongoing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// The codes of refusals that no rule asks about.
const (
	codeRefused    = "refused"             // Ongoing said no and no more is known
	codeNotFound   = "not_found"           // a 404
	codeFractional = "fractional_quantity" // a quantity that is no whole number of items
	codeStatus     = "status_refused"      // Ongoing did not set the status
)

func rejected(code, format string, args ...any) error {
	return &exchange.RejectedError{Code: code, Reason: fmt.Sprintf(format, args...)}
}

// sorted says what an answer that is no plain success comes to, nil for one that is.
//
// The error bodies of Ongoing's API are described nowhere, so the status decides: 429 was not carried
// out; 401, 402, 403 and 423 are for the lane's breaker to count; 408 and 5xx leave open whether it was;
// any other 4xx is a no for good. A page of HTML is not from the API at all and says nothing.
func (p *Peer) sorted(res *http.Response, body []byte) error {
	status := res.StatusCode
	said := fmt.Errorf("answered %d", status)
	switch {
	case status == http.StatusTooManyRequests:
		return &exchange.NotSentError{After: p.retryAfter(res.Header.Get("Retry-After")), Err: said}
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired,
		status == http.StatusForbidden, status == http.StatusLocked:
		return &exchange.NotSentError{Err: said}
	case isPage(res.Header.Get("Content-Type"), body):
		return fmt.Errorf("answered %d with a page of HTML", status)
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusNotFound:
		return &exchange.RejectedError{Code: codeNotFound, Reason: reason(body)}
	case status >= 400 && status <= 499 && status != http.StatusRequestTimeout:
		return &exchange.RejectedError{Code: codeRefused, Reason: reason(body)}
	}
	return said
}

func isPage(contentType string, body []byte) bool {
	return strings.Contains(contentType, "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// retryAfter reads the header's two forms, seconds and a date; 0 is not said.
func (p *Peer) retryAfter(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, time.Duration(min(seconds, 86_400))*time.Second)
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(p.now()))
	}
	return 0
}

// isNo tells whether err is Ongoing's own no: the one kind of failure that a list may overrule.
func isNo(err error) bool {
	var r *exchange.RejectedError
	return errors.As(err, &r) && (r.Code == codeNotFound || r.Code == codeRefused)
}

// refusedAs is Ongoing's no with another code, which says more; other errors stay as they are.
func refusedAs(code string, err error) error {
	var r *exchange.RejectedError
	if isNo(err) && errors.As(err, &r) {
		return &exchange.RejectedError{Code: code, Reason: r.Reason}
	}
	return err
}

var (
	markup = regexp.MustCompile(`<[^<>]*>`)
	mail   = regexp.MustCompile(`[^\s<>"']+@[^\s<>"']+`)
	phone  = regexp.MustCompile(`\+\d[\d ()-]{5,}\d`)
)

// maxReason bounds the words of Ongoing's that are kept, in characters.
const maxReason = 200

// reason is what an error's body says, fit to be kept: see words. Of invalid members only the names are
// taken, since the server may repeat their values.
func reason(body []byte) string {
	var said ongoingrest.Problem
	if err := json.Unmarshal(body, &said); err != nil {
		return ""
	}
	if names := slices.Sorted(maps.Keys(said.ModelState)); len(names) > 0 {
		said.Message += " (" + strings.Join(names, ", ") + ")"
	}
	return words(said.Message)
}

// words is a message of Ongoing's without markup, addresses of mail and numbers of telephones, and short.
func words(message string) string {
	for _, cut := range []struct {
		what *regexp.Regexp
		with string
	}{{markup, " "}, {mail, "…"}, {phone, "…"}} {
		message = cut.what.ReplaceAllString(message, cut.with)
	}
	message = strings.Join(strings.Fields(message), " ")
	if utf8.RuneCountInString(message) > maxReason {
		message = string([]rune(message)[:maxReason]) + "…"
	}
	return message
}
