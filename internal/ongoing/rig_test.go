package ongoing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/sim"
)

const ex = exchange.ID("ex_01JAAAAAAAAAAAAAAAAAAAAAAA")

// A rig is a peer before a simulated Ongoing that has the shipped order "#1001": two TEE-M, one CAP and
// freight. Its clock stands still.
type rig struct {
	t        *testing.T
	sim      *sim.Ongoing
	peer     *ongoing.Peer
	base     string
	now      time.Time
	original int64
	lines    []int64
}

var (
	orderRoles  = connection.OrderStatuses{Open: set("Open"), Returned: set("Returned"), Released: set("released"), Sent: set("450", "Collected"), Cancelled: set("Cancelled")}
	returnRoles = connection.ReturnOrderStatuses{Notified: set("Notified"), Returned: set("Returned")}
)

func set(names ...string) connection.StatusSet { return names }

func newRig(t *testing.T, switches func(*sim.OngoingSwitches)) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	r.sim = sim.NewOngoing(sim.OngoingOptions{
		System:      "nordwear",
		GoodsOwners: []sim.GoodsOwner{{ID: 114, Users: []sim.OngoingUser{{Username: "WSInordwear", Password: "secret"}}, Articles: []string{"TEE-M", "TEE-L", "CAP"}}},
		Switches:    switches,
		Now:         func() time.Time { return r.now },
	})
	server := httptest.NewServer(r.sim.Handler())
	t.Cleanup(func() {
		server.Close()
		r.sim.Close()
	})
	r.base = server.URL
	r.peer = r.newPeer(nil)
	var seeded []struct {
		OrderID int64 `json:"order_id"`
		Lines   []struct {
			ID int64 `json:"id"`
		} `json:"lines"`
	}
	r.control("/orders", `{"order": {"orderNumber": "#1001", "goodsOwnerOrderId": "5001", "referenceNumber": "web-1001",
		"deliveryDate": "2026-11-10", "consigneeOrderNumber": "C-9", "deliveryInstruction": "ring twice", "servicePointCode": "3232",
		"consignee": {"customerNumber": "7", "name": "Astrid Berg", "address1": "Storgatan 12", "countryCode": "SE", "doorCode": "4711"},
		"emailNotification": {"toBeNotified": true, "value": "astrid@example.com"},
		"wayOfDelivery": {"code": "MYPACK", "name": "MyPack Collect"},
		"transporter": {"transporterCode": "PLAB", "transporterServiceCode": "P19"},
		"warehouseInstruction": "old", "orderRemark": "old",
		"orderLines": [
			{"rowNumber": "1", "articleNumber": "TEE-M", "numberOfItems": 2, "externalId": "line-1"},
			{"rowNumber": "2", "articleNumber": "CAP", "numberOfItems": 1},
			{"rowNumber": "3", "articleNumber": "FREIGHT", "numberOfItems": 1, "shouldBePicked": false}]},
		"ship": true}`, &seeded)
	r.original = seeded[0].OrderID
	for _, l := range seeded[0].Lines {
		r.lines = append(r.lines, l.ID)
	}
	return r
}

// newPeer is a peer on the rig's system, changed by change.
func (r *rig) newPeer(change func(*ongoing.Options)) *ongoing.Peer {
	o := ongoing.Options{
		BaseURL: r.base + "/nordwear/api/v1/", GoodsOwnerID: 114, WarehouseID: 2,
		Username: "WSInordwear", Password: "secret",
		OrderStatuses: orderRoles.Roles(), ReturnOrderStatuses: returnRoles.Roles(),
		Client: client(r.t, r.base), Now: func() time.Time { return r.now },
	}
	if change != nil {
		change(&o)
	}
	return ongoing.New(o)
}

// client goes out through a lane of its own, to base alone.
func client(t *testing.T, base string) *http.Client {
	o := lane.Ongoing()
	o.AllowHosts = []string{strings.TrimPrefix(base, "http://")}
	l := lane.New(o)
	t.Cleanup(l.Close)
	return l.Client()
}

// control posts to the simulator's control door and reads the answer into into, nil for none.
func (r *rig) control(path, body string, into any) {
	r.t.Helper()
	res, err := http.Post(r.base+"/control"+path, "application/json", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("control %s: %d %s %v", path, res.StatusCode, text, err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			r.t.Fatal(err)
		}
	}
}

// fault makes the next call of this name suffer.
func (r *rig) fault(match, kind string) { r.sim.Faults.Add(sim.Fault{Match: match, Kind: kind}) }

// status has the warehouse's staff set an order's status.
func (r *rig) status(number string, status int) {
	r.t.Helper()
	r.control("/orders/status?number="+escaped(number), fmt.Sprintf(`{"number": %d}`, status), nil)
}

func escaped(number string) string { return strings.ReplaceAll(number, "#", "%23") }

// placeOrder is the effect that puts exchange order "#1001-EX1".
func (r *rig) placeOrder() exchange.Effect {
	return exchange.Effect{ID: exchange.EffectID(ex) + "/place_order/1", Exchange: ex, Kind: exchange.PlaceOrder, Place: &exchange.PlaceAsk{
		Number: "#1001-EX1", OriginalID: r.original, Reference: "#1001",
		Lines: []exchange.PlaceLine{{Row: "1", Article: "TEE-L", Quantity: 1, ExternalID: "gid://shopify/ExchangeLineItem/1"}},
	}}
}

// placeReturn is the effect that puts return order "#1001-R1": one of the two TEE-M.
func (r *rig) placeReturn() exchange.Effect {
	return exchange.Effect{ID: exchange.EffectID(ex) + "/place_return_order/1", Exchange: ex, Kind: exchange.PlaceReturnOrder, Place: &exchange.PlaceAsk{
		Number: "#1001-R1", OriginalID: r.original, Comment: "Wants size L",
		Lines: []exchange.PlaceLine{{Row: "1", Article: "TEE-M", Quantity: 1, OriginalLineID: r.lines[0], Reason: "SIZE_TOO_SMALL"}},
	}}
}

// moving is the effect of kind k on the order that was placed.
func moving(k exchange.Kind, placed exchange.Outcome) exchange.Effect {
	ask := exchange.StatusAsk{}
	switch k {
	case exchange.SetOpen:
		ask.From, ask.To = []exchange.Role{exchange.RoleReleased}, exchange.RoleOpen
	case exchange.MarkReturned:
		ask.From, ask.To = []exchange.Role{exchange.RoleOpen}, exchange.RoleReturned
	case exchange.Release:
		ask.From, ask.To = []exchange.Role{exchange.RoleOpen, exchange.RoleReturned}, exchange.RoleReleased
	default:
		ask.To = exchange.RoleCancelled
	}
	if placed.Order != nil {
		ask.ID, ask.Number = placed.Order.ID, placed.Order.Number
	}
	if placed.ReturnOrder != nil {
		ask.ID, ask.Number = placed.ReturnOrder.ID, placed.ReturnOrder.Number
	}
	return exchange.Effect{ID: exchange.EffectID(ex) + "/" + exchange.EffectID(k) + "/1", Exchange: ex, Kind: k, Status: &ask}
}

func (r *rig) look(e exchange.Effect) exchange.Outcome {
	r.t.Helper()
	out, err := r.peer.Look(r.t.Context(), e)
	if err != nil {
		r.t.Fatalf("look: %v", err)
	}
	return out
}

func (r *rig) act(e exchange.Effect) exchange.Outcome {
	r.t.Helper()
	out, err := r.peer.Act(r.t.Context(), e)
	if err != nil {
		r.t.Fatalf("act: %v", err)
	}
	if out.Result != exchange.Done {
		r.t.Fatalf("act ended %s", out.Result)
	}
	return out
}

func (r *rig) book(number string) sim.OrderBook { return r.sim.Ledger().Orders[number] }

// wantRejected fails the test unless err is a no with this code.
func wantRejected(t *testing.T, err error, code string) *exchange.RejectedError {
	t.Helper()
	var no *exchange.RejectedError
	if !errors.As(err, &no) || no.Code != code {
		t.Fatalf("error %v, want a rejection with code %s", err, code)
	}
	return no
}

// wantUnknown fails the test unless err leaves open whether something was done.
func wantUnknown(t *testing.T, err error) {
	t.Helper()
	if err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotSent) || errors.Is(err, exchange.ErrAmbiguous) {
		t.Fatalf("error %v, want one that leaves the outcome unknown", err)
	}
}

// put makes a call past the peer.
func (r *rig) put(path, body string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPut, r.base+"/nordwear/api/v1"+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("WSInordwear", "secret")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		r.t.Fatalf("PUT %s: %d %s", path, res.StatusCode, text)
	}
}
