package demo

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestALineOfTheDemo(t *testing.T) {
	r := Result{
		Story: "regular-upsell", OK: true, Stage: "completed", OrderStatuses: []int{200, 800, 300, 450},
		ReturnStatuses: []string{"Notified", "Returned"}, Releases: 1, Fulfillments: 1, Captured: Amount{5000, "SEK"}, Events: 7, MS: 412,
	}
	want := `{"story":"regular-upsell","ok":true,"stage":"completed","order_statuses":[200,800,300,450],"return_statuses":["Notified","Returned"],` +
		`"releases":1,"fulfillments":1,"captured":{"minor":5000,"currency":"SEK"},"events":7,"duplicates":0,"ms":412}`
	got, err := json.Marshal(r)
	if err != nil || string(got) != want {
		t.Errorf("a story's line is\n%s, %v, want\n%s", got, err, want)
	}
}

func TestAFailureIsOneLine(t *testing.T) {
	r := Result{OK: true}
	r.blame(nil, nil)
	if !r.OK {
		t.Error("blamed for nothing")
	}
	r.blame(errors.Join(errors.New("released twice"), errors.New("sent twice")), nil)
	r.blame(errors.New("and late"))
	if r.OK || r.Error != "released twice; sent twice; and late" {
		t.Errorf("result %+v", r)
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"order_statuses":[],"return_statuses":[]`) {
		t.Errorf("%s, %v: want empty lists, not null", text, err)
	}
}
