package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEveryAnswerIsJSONWhateverIsSo(t *testing.T) {
	for name, answer := range answers {
		for n := range 1 << 5 {
			s := &swap{
				n: "1000000001", exchange: "ex_1", number: "#1000000001-EX1", returnNumber: "#1000000001-R1", status: released,
				back: n&1 > 0, processed: n&2 > 0, fulfilled: n&4 > 0, captured: n&8 > 0, disposed: n&16 > 0,
			}
			text := string(answer.append(nil, s))
			switch name { // parts of others
			case "authorised", "authorised_used":
				text = "{" + text + "}"
			case "capture", "fulfillment", "fulfillment_order", "fulfillment_order_closed":
				text = text[1:]
			}
			if !json.Valid([]byte(text)) {
				t.Fatalf("%s: %s", name, text)
			}
		}
	}
}

func TestStaffAreObeyedAsSoonAsTheyCanBe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Peers(ctx, out) }()
	var at process
	if err := json.NewDecoder(said).Decode(&at); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Ops)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- obeyed(conn, bufio.NewReader(conn), "receive", "1000000001") }()
	call := func(method, path, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+at.Listening+"/nordwear/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 300 {
			t.Fatalf("%s %s: %s, %s, %v", method, path, resp.Status, text, err)
		}
		return string(text)
	}
	call("PUT", "/returnOrders", `{"returnOrderNumber":"#1000000001-R1","comment":"exchange ex_7 of #1"}`)
	call("GET", "/returnOrders/10000000012", "")
	call("PUT", "/orders", `{"orderNumber":"#1000000001-EX1","goodsOwnerOrderId":"ex_7"}`)
	select {
	case <-done:
		t.Fatal("goods came back before both orders were read")
	default:
	}
	if got := call("GET", "/orders/10000000011", ""); !strings.Contains(got, `"goodsOwnerOrderId":"ex_7"`) {
		t.Errorf("the order is not ours: %s", got)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := call("GET", "/returnOrders?returnOrderNumbers=%231000000001-R1", ""); !strings.Contains(got, `"text":"Returned"`) {
		t.Errorf("nothing came back: %s", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTheNumberIsFoundInWhateverIdsAnOperationNames(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":"gid://shopify/Return/1000000001"}`:                                           "1000000001",
		`{"locationId":"gid://shopify/Location/1","id":"gid://shopify/Line/10000000016"}`:    "1000000001",
		`{"locationId":"gid://shopify/Location/1","other":"gid://shopify/Location/22"}`:      "",
		string(bytes.Repeat([]byte("gid://shopify/Location/1"), 3)) + `gid://shopify/Order/`: "",
	} {
		if got, _ := numberOf([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
