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
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// The codes of refusals that no rule asks about.
const (
	codeRefused    = "refused"             // Ongoing said no and no more is known
	codeFractional = "fractional_quantity" // a quantity that is no whole number of items
	codeStatus     = "status_refused"      // Ongoing did not set the status
)

func rejected(code, format string, args ...any) error {
	return &exchange.RejectedError{Code: code, Reason: fmt.Sprintf(format, args...)}
}

// sorted says what an answer that is no plain success comes to, nil for one that is.
//
// The error bodies of Ongoing's API are described nowhere, so the status decides, as lane.Check has it for
// every peer. What is left is a no for good, with Ongoing's words. A page of HTML is not from the API at
// all, whatever its status, and says nothing.
func sorted(res *http.Response, body []byte, now time.Time) error {
	if err := lane.Check(res, now); err != nil {
		return err
	}
	switch {
	case isPage(res.Header.Get("Content-Type"), body):
		return fmt.Errorf("answered %d with a page of HTML", res.StatusCode)
	case lane.Sort(res.StatusCode) == lane.Fine:
		return nil
	}
	return &exchange.RejectedError{Code: codeRefused, Reason: reason(body)}
}

func isPage(contentType string, body []byte) bool {
	return strings.Contains(contentType, "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// isNo tells whether err is Ongoing's own no: the one kind of failure that a list may overrule. A 404 is
// no more than that, since it is not known with which status Ongoing says that something is not there.
func isNo(err error) bool {
	var r *exchange.RejectedError
	return errors.As(err, &r) && r.Code == codeRefused
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
