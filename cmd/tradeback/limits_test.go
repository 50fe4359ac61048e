package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
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

func TestWhatHasNoRoomInTheDayWaitsForTheNext(t *testing.T) {
	w := limited(t, "[{currency: SEK, day: 99.99}]")
	v := w.variants()
	w.request("#1001", v).play()
	s := w.request("#1002", v)
	s.release()
	s.ship()
	type asked struct {
		Kind, Reason string
		Due          time.Time
	}
	var why struct{ Asked []asked }
	var a asked
	w.eventually("the capture to be put off", func() bool {
		w.api("GET", "/v1/exchanges/"+s.shown.ID+"/why", "", &why)
		i := slices.IndexFunc(why.Asked, func(a asked) bool { return a.Kind == "capture" && a.Reason != "" })
		if i >= 0 {
			a = why.Asked[i]
		}
		return i >= 0
	})
	if !strings.HasPrefix(a.Reason, "the limit of the day: 50.00 SEK more than the 50.00 SEK") || a.Due.UTC().Hour() != 0 || !a.Due.After(time.Now()) {
		t.Errorf("asked %+v", why.Asked)
	}
	if l := w.shopifyLedger(); l.Orders["#1001"].Captured != 5000 || l.Orders["#1002"].Captured != 0 {
		t.Errorf("captured %d and %d", l.Orders["#1001"].Captured, l.Orders["#1002"].Captured)
	}
}
