package sim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

// A rig is a simulated Ongoing behind a real server, with one goods owner (114, three articles), a shipped
// order "#1001" (lines 1: TEE-M two pieces, 2: CAP one) and a clock that stands still.
type rig struct {
	t      *testing.T
	sim    *sim.Ongoing
	server *httptest.Server
	user   string
	now    time.Time
	order  seededOrder
}

type seededOrder struct {
	OrderID int `json:"order_id"`
	Lines   []struct {
		ID int `json:"id"`
	} `json:"lines"`
}

func newRig(t *testing.T, switches func(*sim.OngoingSwitches)) *rig {
	t.Helper()
	r := &rig{t: t, user: "WSIshop", now: time.Date(2026, 11, 22, 10, 0, 0, 123_000_000, time.UTC)}
	r.sim = sim.NewOngoing(sim.OngoingOptions{
		System: "nordwear",
		GoodsOwners: []sim.GoodsOwner{{
			ID: 114, Name: "Nordwear AB", Users: []sim.OngoingUser{{Username: "WSIshop", Password: "secret"}},
			Articles: []string{"TEE-M", "TEE-L", "CAP"},
		}},
		Switches:     switches,
		WebhookRetry: time.Millisecond,
		Now:          func() time.Time { return r.now },
		OnBadAnswer:  func(call string, err error) { t.Errorf("%s: the answer is not as documented: %v", call, err) },
	})
	r.server = httptest.NewServer(r.sim.Handler())
	t.Cleanup(func() {
		r.server.Close()
		r.sim.Close()
	})
	var seeded []seededOrder
	r.control("POST", "/orders", `{"order": {"orderNumber": "#1001", "goodsOwnerOrderId": "5001", "referenceNumber": "ref-1001",
		"consignee": {"name": "Astrid Berg", "address1": "Storgatan 12", "countryCode": "SE", "doorCode": "4711"},
		"emailNotification": {"toBeNotified": true, "value": "astrid@example.com"},
		"wayOfDelivery": {"code": "MYPACK", "name": "MyPack Collect"},
		"transporter": {"transporterCode": "PLAB", "transporterServiceCode": "P19"},
		"orderLines": [
			{"rowNumber": "1", "articleNumber": "TEE-M", "numberOfItems": 2, "externalId": "line-1", "prices": {"linePrice": 299.5}},
			{"rowNumber": "2", "articleNumber": "CAP", "numberOfItems": 1},
			{"rowNumber": "3", "articleNumber": "FREIGHT", "numberOfItems": 1, "shouldBePicked": false}]},
		"ship": true}`).into(&seeded)
	r.order = seeded[0]
	return r
}

// await returns once is holds, which is asked again whenever a call begins or ends.
func (r *rig) await(is func() bool) {
	r.t.Helper()
	for {
		changed := r.sim.Changed()
		if is() {
			return
		}
		select {
		case <-changed:
		case <-r.t.Context().Done():
			r.t.Fatal("it never came to that")
		case <-time.After(5 * time.Second):
			r.t.Fatal("it does not come to that")
		}
	}
}

// An answer is what came back from one call.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// want fails the test unless the answer has this status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// says fails the test unless the body holds text.
func (a answer) says(text string) answer {
	a.t.Helper()
	if !strings.Contains(a.body, text) {
		a.t.Errorf("answer %s, want %q in it", a.body, text)
	}
	return a
}

// at returns the value at a path such as "orderInfo.orderStatus.number" or "orderLines.0.id", as text.
func (a answer) at(path string) string {
	a.t.Helper()
	var value any
	a.into(&value)
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(v) {
				a.t.Fatalf("%s: no %s in %s", path, name, a.body)
			}
			value = v[i]
		default:
			a.t.Fatalf("%s: no %s in %s", path, name, a.body)
		}
	}
	return fmt.Sprint(value)
}

// api makes a call below /api/v1.
func (r *rig) api(method, path, body string) answer {
	r.t.Helper()
	return r.do(method, r.server.URL+"/nordwear/api/v1"+path, body)
}

// control makes a call at the control door, which has to succeed.
func (r *rig) control(method, path, body string) answer {
	r.t.Helper()
	return r.do(method, r.server.URL+"/control"+path, body).want(200)
}

func (r *rig) do(method, url, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.SetBasicAuth(r.user, "secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{t: r.t, status: resp.StatusCode, header: resp.Header, body: string(text)}
}

// putExchange puts the exchange order "#1001-EX1": one TEE-L.
func (r *rig) putExchange() answer {
	r.t.Helper()
	return r.api("PUT", "/orders", exchangeOrder)
}

const exchangeOrder = `{"goodsOwnerId": 114, "orderNumber": "#1001-EX1", "deliveryDate": "2026-11-22", "goodsOwnerOrderId": "x1",
	"consignee": {"name": "Astrid Berg"},
	"orderLines": [{"rowNumber": "1", "articleNumber": "TEE-L", "numberOfItems": 1, "externalId": "e1"}]}`

// putReturn puts the return order "#1001-R1": one of the two TEE-M.
func (r *rig) putReturn() answer {
	r.t.Helper()
	return r.api("PUT", "/returnOrders", r.returnBody(1))
}

func (r *rig) returnBody(count int) string {
	return fmt.Sprintf(`{"goodsOwnerId": 114, "returnOrderNumber": "#1001-R1", "customerOrder": {"orderId": %d}, "inDate": "2026-11-25",
		"returnOrderLines": [{"returnOrderRowNumber": "1", "customerOrderLine": {"orderLineId": %d}, "toBeReturnedNumberOfItems": %d,
			"returnCause": {"code": "SIZE", "name": "Wrong size"}}]}`, r.order.OrderID, r.order.Lines[0].ID, count)
}

// book returns the ledger's page about an order.
func (r *rig) book(number string) sim.OrderBook {
	r.t.Helper()
	book, ok := r.ledger().Orders[number]
	if !ok {
		r.t.Fatalf("order %s is not in the ledger", number)
	}
	return book
}

func (r *rig) ledger() sim.OngoingLedger {
	r.t.Helper()
	var ledger sim.OngoingLedger
	r.control("GET", "/ledger", "").into(&ledger)
	return ledger
}
