package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// limited is serve with limits for the connection's money.
func limited(t *testing.T, limits string) *whole {
	w := startWhole(t)
	w.resettle("    portal:\n", "    exchanges:\n      limits: "+limits+"\n    portal:\n")
	w.hooks() // it listens elsewhere now
	return w
}

// ship lets the warehouse send the replacement.
func (s *swap) ship() {
	s.w.call("POST", s.w.ongoing.URL+"/control/orders/"+url.PathEscape(s.shown.Number)+"/ship", `{"tracking":true}`, nil)
}

func TestACaptureAboveTheLimitWaitsForAPerson(t *testing.T) {
	w := limited(t, "[{currency: SEK, act: 49.99}]")
	s := w.request("#1001", w.variants())
	s.release()
	s.ship()
	var x struct {
		Raised []struct{ Code, Message string }
	}
	w.eventually("the capture to be raised", func() bool {
		w.api("GET", "/v1/exchanges/"+s.shown.ID, "", &x)
		return len(x.Raised) > 0
	})
	if x.Raised[0].Code != "over_limit" || !strings.Contains(x.Raised[0].Message, "50.00 SEK is to be taken, and one act may move 49.99 SEK") {
		t.Fatalf("raised %v", x.Raised)
	}
	w.eventually("the fulfilment", func() bool { return w.shopifyLedger().Orders["#1001"].Shipped == 1 })
	if got := w.shopifyLedger().Orders["#1001"].Captured; got != 0 {
		t.Fatalf("%d was captured", got)
	}
	if status := w.api("POST", "/v1/exchanges/"+s.shown.ID+"/settle", `{"as":"collect_again","reason":"the price is right"}`, nil); status != http.StatusOK {
		t.Fatalf("settle: %d", status)
	}
	s.reached("completed")
	s.check()
}
