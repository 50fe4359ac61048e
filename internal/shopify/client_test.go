package shopify_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

// canned is a shop that answers every call alike.
func canned(t *testing.T, status int, header http.Header, body string) (*shopify.Peer, *[]string) {
	t.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked = append(asked, string(in))
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	p, err := shopify.New(shopify.Options{
		URL: server.URL, Token: shopify.TokenSource{Access: "shpat_sim"}, ArticleNumber: "sku", Client: server.Client(),
		Now: func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, &asked
}

var (
	someRead = exchange.Effect{Read: &exchange.ReadAsk{Target: exchange.ReadShop, ReturnID: "gid://shopify/Return/1"}}
	someAct  = exchange.Effect{Kind: exchange.Process, Lines: &exchange.ProcessAsk{ReturnID: "gid://shopify/Return/1", ReturnLines: []exchange.ProcessLine{{ID: "gid://shopify/ReturnLineItem/1", Quantity: 1}}}}
)

func topLevel(code string) string {
	return `{"errors":[{"message":"Nope for a@b.example","extensions":{"code":"` + code + `"}}]}`
}

func TestFailuresAreSorted(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   string // a code; "not sent" with what to wait; "unknown"
	}{
		{"blocked", 401, nil, `{"errors":"x"}`, "not sent 0s"},
		{"frozen", 402, nil, `{}`, "not sent 0s"},
		{"forbidden", 403, nil, `{}`, "not sent 0s"},
		{"no such shop", 404, nil, `{}`, "not sent 0s"},
		{"locked", 423, nil, `{}`, "not sent 0s"},
		{"too many", 429, http.Header{"Retry-After": {"2.0"}}, `{}`, "not sent 2s"},
		{"too many, half seconds", 429, http.Header{"Retry-After": {"2.5"}}, `{}`, "not sent 2.5s"},
		{"too many, until", 429, http.Header{"Retry-After": {"Sun, 22 Nov 2026 10:01:00 GMT"}}, `{}`, "not sent 1m0s"},
		{"too many, no word", 429, http.Header{"Retry-After": {"soon"}}, `{}`, "not sent 0s"},
		{"security", 430, nil, ``, "not sent 0s"},
		{"bad request", 400, nil, `{}`, "http_400"},
		{"time-out", 408, nil, ``, "unknown"},
		{"server error", 500, nil, ``, "unknown"},
		{"gateway", 502, http.Header{"Content-Type": {"text/html"}}, `<html>`, "unknown"},
		{"redirect", 307, http.Header{"Location": {"/elsewhere"}}, ``, "unknown"},
		{"no content", 204, nil, ``, "unknown"},
		{"html", 200, nil, `<!DOCTYPE html><html></html>`, "unknown"},
		{"nothing", 200, nil, ``, "unknown"},
		{"an empty object", 200, nil, `{}`, "unknown"},
		{"no data", 200, nil, `{"data":null}`, "unknown"},
		{"empty data", 200, nil, `{"data":{}}`, "unknown"},
		{"data of another kind", 200, nil, `{"data":[1]}`, "unknown"},
		{"throttled", 200, nil, `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":752,"actualQueryCost":null,"throttleStatus":{"maximumAvailable":1000.0,"currentlyAvailable":666,"restoreRate":50.0}}}}`, "not sent 2s"},
		{"throttled without a word", 200, nil, topLevel("THROTTLED"), "not sent 1s"},
		{"inactive", 200, nil, topLevel("SHOP_INACTIVE"), "not sent 0s"},
		{"internal", 200, nil, topLevel("INTERNAL_SERVER_ERROR"), "unknown"},
		{"a code that nobody knows", 200, nil, topLevel("OUT_OF_CHEESE"), "unknown"},
		{"no code", 200, nil, `{"errors":[{"message":"hm"}]}`, "unknown"},
		{"denied", 200, nil, topLevel("ACCESS_DENIED"), "not sent 10m0s"},
		{"denied, and bad input", 200, nil, `{"errors":[{"extensions":{"code":"BAD_REQUEST"}},{"extensions":{"code":"ACCESS_DENIED"}}]}`, "bad_request"},
		{"bad input", 200, nil, topLevel("BAD_REQUEST"), "bad_request"},
		{"bad variable", 200, nil, topLevel("INVALID_VARIABLE"), "invalid_variable"},
		{"bad document", 200, nil, topLevel("undefinedField"), "undefinedfield"},
		{"too dear", 200, nil, topLevel("MAX_COST_EXCEEDED"), "max_cost_exceeded"},
		{"one is not for good", 200, nil, `{"errors":[{"extensions":{"code":"ACCESS_DENIED"}},{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, "unknown"},
	} {
		p, asked := canned(t, c.status, c.header, c.body)
		_, readErr := p.Read(t.Context(), someRead)
		_, actErr := p.Act(t.Context(), someAct)
		if len(*asked) != 2 {
			t.Errorf("%s: %d calls, want one for each", c.name, len(*asked))
		}
		for what, err := range map[string]error{"read": readErr, "act": actErr} {
			if err == nil {
				t.Errorf("%s: the %s went well", c.name, what)
				continue
			}
			got := "unknown"
			var no *exchange.RejectedError
			var wait *exchange.NotSentError
			switch {
			case errors.As(err, &no) && errors.As(err, &wait):
				got = "both"
			case errors.As(err, &no):
				got = no.Code
			case errors.As(err, &wait):
				got = "not sent " + wait.After.String()
			}
			if got != c.want {
				t.Errorf("%s: the %s is sorted as %s, want %s: %v", c.name, what, got, c.want, err)
			}
			if strings.Contains(err.Error(), "a@b.example") {
				t.Errorf("%s: an address stands in %v", c.name, err)
			}
		}
	}
}

// A field of the answer that could not be told does not undo the mutation.
func TestPartialDataIsNotUsed(t *testing.T) {
	body := `{"data":{"returnProcess":{"return":null,"userErrors":[]},"return":{"id":"gid://shopify/Return/1"}},"errors":[{"message":"x","extensions":{"code":"ACCESS_DENIED"}}]}`
	p, _ := canned(t, 200, nil, body)
	if _, err := p.Act(t.Context(), someAct); err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("a mutation that ran says %v, want an unknown outcome", err)
	}
	if _, err := p.Read(t.Context(), someRead); !errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("a read with errors says %v, want not carried out", err)
	}
}

func TestUserErrors(t *testing.T) {
	long := strings.Repeat("x ", 300)
	for _, c := range []struct{ body, code, reason string }{
		{`{"code":"INVALID_STATE","field":["id"],"message":"Return status is\n invalid."}`, "invalid_state", "id: Return status is invalid."},
		{`{"code":null,"field":null,"message":"No, mia@shop.example!"}`, "user_error", "No, ***"},
		{`{"code":"SOMETHING_NEW","field":["a","0","b"],"message":"` + long + `"}`, "something_new", "a.0.b: " + strings.Repeat("x ", 96) + "…"},
	} {
		p, _ := canned(t, 200, nil, `{"data":{"returnProcess":{"return":null,"userErrors":[`+c.body+`]}}}`)
		_, err := p.Act(t.Context(), someAct)
		var no *exchange.RejectedError
		if !errors.As(err, &no) || no.Code != c.code || no.Reason != c.reason || len([]rune(no.Reason)) > 200 {
			t.Errorf("%s is %+v, want %s: %s", c.body, no, c.code, c.reason)
		}
	}
	p, _ := canned(t, 200, nil, `{"data":{"returnProcess":{"return":null,"userErrors":[{"code":"INTERNAL_ERROR","field":null,"message":"oops"}]}}}`)
	if _, err := p.Act(t.Context(), someAct); err == nil || errors.Is(err, exchange.ErrRejected) {
		t.Errorf("Shopify's own trouble says %v, want to try again", err)
	}
	p, _ = canned(t, 200, nil, `{"data":{"returnProcess":null}}`)
	if _, err := p.Act(t.Context(), someAct); err == nil || errors.Is(err, exchange.ErrRejected) {
		t.Errorf("an answer without a payload says %v, want an unknown outcome", err)
	}
}

func TestWhatNeverLeftIsNotUnknown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	lane := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &exchange.NotSentError{After: time.Hour, Err: errors.New("breaker open")}
	})
	for name, c := range map[string]struct {
		client *http.Client
		after  time.Duration
	}{
		"nobody listens":   {http.DefaultClient, 0},
		"the lane says so": {&http.Client{Transport: lane}, time.Hour},
	} {
		p, err := shopify.New(shopify.Options{URL: nobody, ArticleNumber: "sku", Client: c.client, Now: time.Now, Token: shopify.TokenSource{Access: "t"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Act(t.Context(), someAct)
		var wait *exchange.NotSentError
		if !errors.As(err, &wait) || wait.After != c.after {
			t.Errorf("%s: %v, want not sent, after %v", name, err, c.after)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNoNullIsSent(t *testing.T) {
	p, asked := canned(t, 200, nil, `{"data":{"returnProcess":{"return":{"id":"gid://shopify/Return/1","status":"OPEN"},"userErrors":[]}}}`)
	if _, err := p.Act(t.Context(), someAct); err != nil {
		t.Fatal(err)
	}
	_, variables, _ := strings.Cut((*asked)[0], `"variables":`)
	want := `{"input":{"notifyCustomer":false,"returnId":"gid://shopify/Return/1","returnLineItems":[{"id":"gid://shopify/ReturnLineItem/1","quantity":1}]}},"operationName":"ReturnProcess"}`
	if variables != want {
		t.Errorf("variables are %s, want %s", variables, want)
	}
}

func TestReturnIsMarkedWithTheTimeItWasAskedFor(t *testing.T) {
	p, asked := canned(t, 200, nil, `{"data":{"returnCreate":{"return":{"id":"gid://shopify/Return/1","status":"OPEN"},"userErrors":[]}}}`)
	_, err := p.Act(t.Context(), exchange.Effect{Kind: exchange.CreateReturn, Return: &exchange.CreateAsk{
		OrderID: "gid://shopify/Order/1", RequestedAt: time.Date(2026, 11, 22, 11, 0, 0, 0, time.FixedZone("", 3600)),
		ReturnLines:   []exchange.WantedReturnLine{{FulfillmentLineItemID: "gid://shopify/FulfillmentLineItem/5", Quantity: 1}},
		ExchangeLines: []exchange.WantedExchangeLine{{VariantID: "gid://shopify/ProductVariant/8", Quantity: 2}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, variables, _ := strings.Cut((*asked)[0], `"variables":`)
	want := `{"input":{"exchangeLineItems":[{"quantity":2,"variantId":"gid://shopify/ProductVariant/8"}],"orderId":"gid://shopify/Order/1",` +
		`"requestedAt":"2026-11-22T10:00:00Z","returnLineItems":[{"fulfillmentLineItemId":"gid://shopify/FulfillmentLineItem/5","quantity":1,` +
		`"returnReason":"OTHER","returnReasonNote":"Exchange"}]}},"operationName":"ReturnCreate"}`
	if variables != want {
		t.Errorf("variables are %s, want %s", variables, want)
	}
}

func TestGoodsAreRestockedAtTheLocationOrNotAtAll(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.same)
	var sent string
	p := s.connectThrough(shopify.TokenSource{Access: "shpat_sim"}, func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		_, sent, _ = strings.Cut(string(body), `"variables":`)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if err != nil {
			return nil, err
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	line := snapshot.ReturnLines[0].ReverseLines[0].ID
	for restock, want := range map[bool]string{
		true:  `{"dispositionType":"RESTOCKED","locationId":"gid://shopify/Location/1","quantity":1,"reverseFulfillmentOrderLineItemId":"` + line + `"}`,
		false: `{"dispositionType":"NOT_RESTOCKED","quantity":1,"reverseFulfillmentOrderLineItemId":"` + line + `"}`,
	} {
		// The second one is refused, since all was disposed of; what was asked for is what counts here.
		_, _ = p.Act(t.Context(), exchange.Effect{Kind: exchange.Dispose, ShopID: s.order, Goods: []exchange.DispositionOf{{ReverseLineID: line, Quantity: 1, Restock: restock}}})
		if want = `{"input":[` + want + `]},"operationName":"ReverseFulfillmentOrderDispose"}`; sent != want {
			t.Errorf("restock %v: sent %s, want %s", restock, sent, want)
		}
	}
	s.clean()
}

func TestAnswersAreBounded(t *testing.T) {
	p, _ := canned(t, 200, nil, `{"data":{"return":null},"x":"`+strings.Repeat("x", 17<<20)+`"}`)
	if _, err := p.Read(t.Context(), someRead); err == nil || errors.Is(err, exchange.ErrRejected) {
		t.Errorf("an answer of 17 MiB says %v, want an error", err)
	}
}

func TestBucketThatIsEmpty(t *testing.T) {
	s := newShop(t, "", func(w *sim.ShopifySwitches) { w.Bucket, w.RestoreRate = 1000, 50 })
	id := s.staffReturn(s.same)
	var wait *exchange.NotSentError
	for range 100 { // the clock stands still, so nothing flows back
		_, err := s.peer.Read(t.Context(), exchange.Effect{Read: &exchange.ReadAsk{Target: exchange.ReadShop, ReturnID: id}})
		if err == nil {
			continue
		}
		if !errors.As(err, &wait) || wait.After < time.Second {
			t.Fatalf("an empty bucket says %v, want not sent with a time to wait", err)
		}
		break
	}
	if wait == nil {
		t.Fatal("the bucket never ran empty")
	}
	s.advance(wait.After)
	s.read(id)
	s.clean()
}

func TestCancelledCallsEnd(t *testing.T) {
	s := newShop(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.peer.Read(ctx, someRead); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read says %v", err)
	}
}
