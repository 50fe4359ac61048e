package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/rest"
)

// beside is a rig on the store that w serves.
func beside(t *testing.T, w *whole) *rig {
	t.Helper()
	r := newRig(t)
	r.dir = w.dir
	r.env["TRADEBACK_STORE"] = "sqlite://" + filepath.Join(w.dir, "t.db")
	return r
}

func TestTheCommandLineWorksBesideServe(t *testing.T) {
	w := startWhole(t)
	r := beside(t, w)
	var made rest.Exchange
	for n := range 2 {
		status := w.api("POST", "/v1/exchanges", fmt.Sprintf(`{"connection":"nordwear","reference":"R-%d","shopify_return_id":"gid://shopify/Return/%d"}`, n, n+1),
			&made, "Idempotency-Key", fmt.Sprint(n))
		if status != 201 {
			t.Fatalf("create: %d", status)
		}
	}
	r.want(exitRefused, "serve") // another one

	var x rest.Exchange
	r.json(&x, "exchanges", "cancel", "R-1", "--reason", "changed her mind")
	if x.ID != made.ID || x.Stage != exchange.Cancelling && x.Stage != exchange.Cancelled {
		t.Errorf("cancelled %s, which is %s", x.ID, x.Stage)
	}
	w.until(string(made.ID), string(exchange.Cancelled))

	var y rest.Why
	r.json(&y, "exchanges", "why", "R-0")
	if !y.Served {
		t.Error("why does not know that serve runs")
	}
	for command, path := range map[string]string{"exchanges": "/v1/exchanges?stage=cancelled", "events": "/v1/events?source=person"} {
		args := map[string][]string{"exchanges": {"--stage", "cancelled"}, "events": {"--source", "person"}}[command]
		var api, cli json.RawMessage
		w.api("GET", path, "", &api)
		r.json(&cli, append([]string{command, "list"}, args...)...)
		if !bytes.Equal(compact(t, api), compact(t, cli)) {
			t.Errorf("%s list prints\n%s\nthe API\n%s", command, cli, api)
		}
	}

	before := x.Timeline
	var again page[replay.Replayed]
	r.json(&again, "replay", "--exchange", string(made.ID))
	if len(again.Data) != 2 {
		t.Errorf("replayed %+v, want the request and the cancellation", again.Data)
	}
	e := r.store(false)
	for _, one := range again.Data {
		it, err := findEvent(t.Context(), e, "nordwear", one.ID)
		if err != nil {
			t.Fatal(err)
		}
		if it, err = ended(t.Context(), e, it); err != nil || it.State != "done" {
			t.Errorf("%s is %s, %v", it.ID, it.State, err)
		}
	}
	r.json(&x, "exchanges", "show", string(made.ID))
	if x.Stage != exchange.Cancelled || len(x.Timeline) < len(before) {
		t.Errorf("after the replay it is %s", x.Stage)
	}
}

func compact(t *testing.T, text json.RawMessage) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
