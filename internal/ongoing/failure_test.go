package ongoing_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// against is a peer before a server that answers as answer says, but for the statuses.
func against(t *testing.T, answer http.HandlerFunc) *ongoing.Peer {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := map[string]string{"/orders/statuses": "get-order-statuses-response", "/returnOrders/statuses": "get-return-order-statuses-response.unverified"}[r.URL.Path]; ok {
			_, _ = w.Write(sample(t, name))
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return ongoing.New(ongoing.Options{
		BaseURL: server.URL, GoodsOwnerID: 114, Username: "WSInordwear", Password: "secret",
		OrderStatuses: orderRoles.Roles(), ReturnOrderStatuses: returnRoles.Roles(),
		Client: client(t, server.URL), Now: func() time.Time { return noon },
	})
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../testdata/payloads/ongoing/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFailuresAreSorted(t *testing.T) {
	cases := []struct {
		name         string
		status       int
		header       http.Header
		body         string
		want         string // rejected, not_sent, unknown
		code, reason string
		after        time.Duration
	}{
		{name: "a refusal", status: 400, body: `{"message":"Order number 1 cannot be updated.<br/>It has begun."}`, want: "rejected", code: "refused", reason: "Order number 1 cannot be updated. It has begun."},
		{name: "a refusal with a capital", status: 409, body: `{"Message":"no"}`, want: "rejected", code: "refused", reason: "no"},
		{name: "invalid members are named, never quoted", status: 400, body: `{"Message":"The request is invalid.","ModelState":{"o.consignee.name":["'Astrid Berg' is too long"],"o.a":["x"]}}`, want: "rejected", code: "refused", reason: "The request is invalid. (o.a, o.consignee.name)"},
		{name: "a refusal that echoes who it is about", status: 422, body: `{"message":"astrid.berg@example.com and +46 70-000 00 00 are taken"}`, want: "rejected", code: "refused", reason: "… and … are taken"},
		{name: "a long refusal", status: 400, body: `{"message":"` + strings.Repeat("å", 300) + `"}`, want: "rejected", code: "refused", reason: strings.Repeat("å", 200) + "…"},
		{name: "a refusal without words", status: 400, body: ``, want: "rejected", code: "refused"},
		{name: "throttled", status: 429, want: "not_sent"},
		{name: "throttled for so many seconds", status: 429, header: http.Header{"Retry-After": {"30"}}, want: "not_sent", after: 30 * time.Second},
		{name: "throttled until", status: 429, header: http.Header{"Retry-After": {"Sun, 22 Nov 2026 12:02:00 GMT"}}, want: "not_sent", after: 2 * time.Minute},
		{name: "throttled until a time that has passed", status: 429, header: http.Header{"Retry-After": {"Sun, 22 Nov 2026 11:00:00 GMT"}}, want: "not_sent"},
		{name: "throttled with a page of HTML", status: 429, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>", want: "not_sent"},
		{name: "wrong password", status: 401, body: `{"Message":"Authorization has been denied for this request."}`, want: "not_sent"},
		{name: "not paid", status: 402, want: "not_sent"},
		{name: "not allowed", status: 403, want: "not_sent"},
		{name: "locked", status: 423, want: "not_sent"},
		{name: "an error there", status: 500, body: `{"Message":"An error has occurred."}`, want: "unknown"},
		{name: "too early", status: 425, want: "unknown"},
		{name: "away", status: 503, header: http.Header{"Retry-After": {"30"}}, want: "unknown"},
		{name: "too slow", status: 408, want: "unknown"},
		{name: "elsewhere", status: 302, header: http.Header{"Location": {"http://127.0.0.1:1/"}}, want: "unknown"},
		{name: "a page of HTML", status: 200, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: "<!DOCTYPE html><html>", want: "unknown"},
		{name: "a page of HTML that says not found", status: 404, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>404</html>", want: "unknown"},
		{name: "a page of HTML called JSON", status: 400, header: http.Header{"Content-Type": {"application/json"}}, body: "\n<html>", want: "unknown"},
		{name: "half an answer", status: 200, body: `{"returnOrderId": 3`, want: "unknown"},
		{name: "nothing", status: 200, body: ``, want: "unknown"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := against(t, func(w http.ResponseWriter, r *http.Request) {
				for name, values := range c.header {
					w.Header()[name] = values
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			e := exchange.Effect{ID: "e", Exchange: ex, Kind: exchange.PlaceReturnOrder, Place: &exchange.PlaceAsk{Number: "R1", OriginalID: 1}}
			_, err := p.Act(t.Context(), e)
			var notSent *exchange.NotSentError
			switch c.want {
			case "rejected":
				if no := wantRejected(t, err, c.code); no.Reason != c.reason {
					t.Errorf("reason %q, want %q", no.Reason, c.reason)
				}
			case "not_sent":
				if !errors.As(err, &notSent) || notSent.After != c.after {
					t.Errorf("error %v, want not carried out, again after %v", err, c.after)
				}
			default:
				wantUnknown(t, err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v tells the password", err)
			}
		})
	}
}

func TestWithoutAConnectionNothingWasDone(t *testing.T) {
	const nobody = "http://127.0.0.1:1"
	p := ongoing.New(ongoing.Options{BaseURL: nobody, GoodsOwnerID: 114, Client: client(t, nobody)})
	_, err := p.Act(t.Context(), exchange.Effect{ID: "e", Exchange: ex, Kind: exchange.PlaceReturnOrder, Place: &exchange.PlaceAsk{Number: "R1"}})
	if !errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("error %v", err)
	}
}

func TestRequestsArePlain(t *testing.T) {
	var got *http.Request
	p := against(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(t.Context())
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, _ = p.Act(t.Context(), exchange.Effect{ID: "e", Exchange: ex, Kind: exchange.PlaceReturnOrder, Place: &exchange.PlaceAsk{Number: "R1"}})
	h := got.Header
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("WSInordwear:secret"))
	if h.Get("Authorization") != want || h.Get("Accept") != "application/json" || h.Get("Content-Type") != "application/json" || got.ContentLength <= 0 || got.TransferEncoding != nil {
		t.Errorf("%v, length %d, %v", h, got.ContentLength, got.TransferEncoding)
	}
}

// reading reads the order that the server answers with text.
func reading(t *testing.T, text string) (exchange.ReadResult, error) {
	t.Helper()
	p := against(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
	return p.Read(t.Context(), exchange.Effect{ID: "read", Exchange: ex, Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadOrder, ID: 50871, Number: "EX-10057-1"}})
}

func TestTheVendorsOrderReads(t *testing.T) {
	out, err := reading(t, string(sample(t, "get-order-response")))
	if err != nil {
		t.Fatal(err)
	}
	want := &exchange.Order{
		ID: 50871, Number: "EX-10057-1", GoodsOwnerOrderID: "10057",
		Status: exchange.Status{Number: 450, Text: "Sent", Role: exchange.RoleSent},
		Lines: []exchange.OrderLine{
			{ID: 49412, Row: "1", Article: "JKT-BLU-L", ExternalID: "gid-1-98765", Ordered: 1, Shipped: 1},
			{ID: 49413, Row: "2", Article: "FREIGHT", Ordered: 1},
		},
		Parcels: []exchange.Parcel{{Waybill: "00373500489530470001", URL: "https://tracking.example.com/?id=00373500489530470001", Carrier: "PostNord Sweden AB"}},
	}
	if diff := cmp.Diff(want, out.Order); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasShippedAndHow(t *testing.T) {
	cases := []struct {
		name, head, rest string
		shipped          []int // per line
		parcels          []exchange.Parcel
	}{
		{"packed counts before picked", ``, `"orderLines":[{"shouldBePicked":true,"pickedNumberOfItems":3.0,"packedNumberOfItems":2.00}]`, []int{2}, nil},
		{"picked counts where nobody packs", ``, `"orderLines":[{"shouldBePicked":true,"pickedNumberOfItems":3,"packedNumberOfItems":0.0}]`, []int{3}, nil},
		{"freight is not shipped", ``, `"orderLines":[{"shouldBePicked":false,"pickedNumberOfItems":1,"packedNumberOfItems":1}]`, []int{0}, nil},
		{"a waybill in both places counts once", ``, `"tracking":[{"waybill":"W1"}],"parcels":[{"tracking":{"waybill":"W1","trackingUrl":"u"}},{"tracking":{"waybill":"W2"}}]`, nil, []exchange.Parcel{{Waybill: "W1", URL: "u"}, {Waybill: "W2"}}},
		{"the head's waybill does not count beside others", `,"wayBill":"OLD"`, `"tracking":[{"waybill":"W1"}]`, nil, []exchange.Parcel{{Waybill: "W1"}}},
		{"return parcels are left out", `,"returnWayBill":"R1"`, `"returnTracking":[{"waybill":"R1"}],"parcels":[{"isReturnParcel":true,"tracking":{"waybill":"R1"}}]`, nil, nil},
		{"a parcel that is not tracked yet is left out", ``, `"parcels":[{"parcelNumber":"P","tracking":null}]`, nil, nil},
		{"an old system's one waybill", `,"wayBill":"OLD","returnWayBill":"R"`, `"parcels":[]`, nil, []exchange.Parcel{{Waybill: "OLD"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, err := reading(t, `{"orderInfo":{"orderId":50871,"orderNumber":"EX-10057-1","orderStatus":{"number":500,"text":"Collected"}`+c.head+`},`+c.rest+`}`)
			if err != nil {
				t.Fatal(err)
			}
			var shipped []int
			for _, l := range out.Order.Lines {
				shipped = append(shipped, l.Shipped)
			}
			if diff := cmp.Diff(c.shipped, shipped); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.parcels, out.Order.Parcels); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFractionIsRejected(t *testing.T) {
	_, err := reading(t, `{"orderInfo":{"orderId":50871},"orderLines":[{"orderedNumberOfItems":0.5}]}`)
	wantRejected(t, err, "fractional_quantity")
}

func TestAnOrderThatSaysNothingIsNotThere(t *testing.T) {
	p := against(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/orders" {
			_, _ = io.WriteString(w, `[{"orderInfo":null}]`)
			return
		}
		_, _ = io.WriteString(w, `null`)
	})
	out, err := p.Read(t.Context(), exchange.Effect{ID: "read", Exchange: ex, Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadOrder, ID: 50871, Number: "EX-10057-1"}})
	if err != nil || out.Missing == nil {
		t.Errorf("%+v, %v", out, err)
	}
}
