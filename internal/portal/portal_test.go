package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/portal"
)

const closed = `{"id": "evt_1", "event": "return.closed", "created_at": "2026-11-22T11:00:00+01:00",
 "data": {"shopify_return_id": "gid://shopify/Return/9", "return_id": "R-4711", "tracking_number": "JJD1"}}`

func TestDefaultShape(t *testing.T) {
	got, dedupe, err := portal.Decode([]byte(closed), portal.DefaultFields)
	if err != nil {
		t.Fatal(err)
	}
	want := exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventPortal, Source: "portal", Topic: "return.closed", Portal: &exchange.PortalEvent{
			Name: "return.closed", At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
			ReturnID: "gid://shopify/Return/9", Reference: "R-4711", Tracking: "JJD1",
		}},
		About: []exchange.About{
			{Ref: exchange.RefReference("R-4711")},
			{Ref: exchange.RefReturn("gid://shopify/Return/9")},
		},
		Park: "return:gid://shopify/Return/9",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notice (-want +got):\n%s", diff)
	}
	if dedupe != "id:evt_1" {
		t.Errorf("dedupe = %q, want the portal's id", dedupe)
	}
}

func TestWhoAsksForAnExchange(t *testing.T) {
	for name, asks := range map[string]bool{
		"return.created": true, "return.completed": true, "return.processed": false, "return.canceled": false,
		"return.paused": false, "return.resumed": false, "return.closed": false, "return.instant_exchange": false,
		"return.reset": false, "return.label_generated": false, "return.auto_close_initiated": false,
		"return.auto_close_cancelled": false, "return.auto_close_completed": false,
		"return.auto_close_failed": false, "shipment.event.in_transit": false, "shipment.event.delivered": false,
	} {
		n, _, err := portal.Decode([]byte(strings.Replace(closed, "return.closed", name, 1)), portal.DefaultFields)
		if err != nil {
			t.Fatal(err)
		}
		if (n.Create != nil) != asks {
			t.Errorf("%s: Create = %v, want one: %v", name, n.Create, asks)
		}
		if n.Park == "" || len(n.About) != 2 {
			t.Errorf("%s is not recognised", name)
		}
		if n.Create != nil && (n.Create.ReturnID != "gid://shopify/Return/9" || n.Create.Reference != "R-4711") {
			t.Errorf("%s asks for %+v", name, n.Create)
		}
	}
}

func TestOtherSpellingsMeanTheSame(t *testing.T) {
	for said, meant := range map[string]string{
		"return.cancelled": "return.canceled", "return.auto_close_canceled": "return.auto_close_cancelled", "return.reopened": "return.reset",
	} {
		n, _, err := portal.Decode([]byte(strings.Replace(closed, "return.closed", said, 1)), portal.DefaultFields)
		if err != nil {
			t.Fatal(err)
		}
		if n.Event.Portal.Name != meant || n.Event.Topic != said || len(n.About) != 2 {
			t.Errorf("%s: told as %s, topic %s, about %d; want %s, and the topic as it was sent", said, n.Event.Portal.Name, n.Event.Topic, len(n.About), meant)
		}
	}
}

func TestUnknownNameIsKeptForNobody(t *testing.T) {
	n, dedupe, err := portal.Decode([]byte(strings.Replace(closed, "return.closed", "return.smiled", 1)), portal.DefaultFields)
	if err != nil || dedupe == "" {
		t.Fatalf("dedupe %q, err %v", dedupe, err)
	}
	if n.About != nil || n.Park != "" || n.Create != nil || n.Event.Topic != "return.smiled" {
		t.Errorf("got %+v, want an event that concerns nobody", n)
	}
}

func TestOddShapes(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ret, park  string
		dedupe     string // "body" for a hash
		creates    bool
		fails      bool
	}{
		{
			name: "a bare number is a return", body: `{"id":7,"event":"return.created","data":{"shopify_return_id":945000954}}`,
			ret: "gid://shopify/Return/945000954", park: "return:gid://shopify/Return/945000954", dedupe: "id:7", creates: true,
		},
		{
			name: "a number beyond 2^53 keeps its digits", body: `{"id":"e","event":"return.created","data":{"shopify_return_id":9007199254740993}}`,
			ret: "gid://shopify/Return/9007199254740993", park: "return:gid://shopify/Return/9007199254740993", dedupe: "id:e", creates: true,
		},
		{
			name: "a number in quotes is a return", body: `{"id":"e","event":"return.closed","data":{"shopify_return_id":"12"}}`,
			ret: "gid://shopify/Return/12", park: "return:gid://shopify/Return/12", dedupe: "id:e",
		},
		{
			name: "without a return it waits for the reference", body: `{"id":"e","event":"return.created","data":{"return_id":"R-1"}}`,
			park: "reference:R-1", dedupe: "id:e",
		},
		{name: "null, 0 and empty are absent", body: `{"id":0,"event":"return.closed","created_at":"","data":{"shopify_return_id":null,"return_id":""}}`},
		{name: "no id but a time: the body is the key", body: `{"event":"return.closed","created_at":"2026-11-22T10:00:00Z"}`, dedupe: "body"},
		{name: "data missing is no reason", body: `{"id":"e","event":"return.closed"}`, dedupe: "id:e"},
		{name: "no event name cannot be read", body: `{"id":"e"}`, fails: true},
		{name: "an event name of another type cannot be read", body: `{"id":"e","event":{}}`, fails: true},
		{name: "another kind of gid cannot be read", body: `{"id":"e","event":"return.closed","data":{"shopify_return_id":"gid://shopify/Order/1"}}`, fails: true},
		{name: "a time that is none cannot be read", body: `{"id":"e","event":"return.closed","created_at":"yesterday"}`, fails: true},
		{name: "a time after year 9999 cannot be read", body: `{"id":"e","event":"return.closed","created_at":"9999-12-31T23:59:59-23:59"}`, fails: true},
		{name: "a time before year 0 cannot be read", body: `{"id":"e","event":"return.closed","created_at":"0000-01-01T00:00:00+23:59"}`, fails: true},
		{name: "an array cannot be read", body: `[]`, fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, dedupe, err := portal.Decode([]byte(c.body), portal.DefaultFields)
			if (err != nil) != c.fails {
				t.Fatalf("err = %v, want one: %v", err, c.fails)
			}
			if c.fails {
				return
			}
			if n.Event.Portal.ReturnID != c.ret || n.Park != c.park || (n.Create != nil) != c.creates {
				t.Errorf("got return %q, park %q, create %v", n.Event.Portal.ReturnID, n.Park, n.Create)
			}
			if dedupe != c.dedupe && (c.dedupe != "body" || !strings.HasPrefix(dedupe, "body:")) {
				t.Errorf("dedupe = %q, want %q", dedupe, c.dedupe)
			}
		})
	}
}

func TestFieldsLieWhereTheMerchantSays(t *testing.T) {
	body := `{"meta":{"a/b":["x",{"~name":"shipment.event.in_transit"}]},"when":1795341600,"parcel":"JJD9"}`
	f := portal.Fields{Event: "/meta/a~1b/1/~0name", At: "/when", Tracking: "/parcel"}
	n, _, err := portal.Decode([]byte(body), f)
	if err != nil {
		t.Fatal(err)
	}
	want := exchange.PortalEvent{
		Name: "shipment.event.in_transit", At: time.Unix(1795341600, 0).UTC(), Tracking: "JJD9",
	}
	if diff := cmp.Diff(want, *n.Event.Portal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(closed), "/event", "/data/shopify_return_id")
	f.Add([]byte(`{"event":[["x"]]}`), "/event/0/0", "//~")
	f.Fuzz(func(t *testing.T, body []byte, event, ret string) {
		n, _, err := portal.Decode(body, portal.Fields{Event: event, Return: ret, Reference: "/data/return_id"})
		if err == nil && n.Event.Portal.Name == "" {
			t.Error("an event without a name was read")
		}
		if n.Create != nil && n.Create.ReturnID == "" {
			t.Error("an exchange was asked for without a return")
		}
	})
}
