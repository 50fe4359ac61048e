package rest_test

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func TestDeadLettersAreListedAndMoved(t *testing.T) {
	h := open(t, false)
	fence, err := h.store.Own(t.Context(), "nordwear", "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	const id = "ex_1/capture/gid://shopify/OrderTransaction/1"
	if err := h.store.Commit(t.Context(), store.Step{Conn: "nordwear", Fence: fence, Items: []store.Item{
		{ID: id, Conn: "nordwear", Kind: store.Effect, State: store.Dead, Topic: "capture", Exchange: "ex_1", Received: now, Due: now, Reason: "gave_up: 502", Body: []byte(`{}`)},
		{ID: "ev_1", Conn: "nordwear", Kind: store.Event, State: store.Waiting, Source: "portal", Received: now, Due: now, Body: []byte(`{}`)},
	}}); err != nil {
		t.Fatal(err)
	}
	got := into[list[rest.Dead]](h.get("/v1/dead").want(200)).Data
	if len(got) != 1 || got[0].ID != id || got[0].Class != "capture/gave_up" || got[0].Kind != store.Effect {
		t.Fatalf("%+v, want the capture alone", got)
	}
	type moved struct{ ID, Event string }
	body := `{"connection": "nordwear", "ids": ["` + id + `"], "reason": "the gateway is back"}`
	h.ask("POST", "/v1/dead/retry", body, h.reader).want(403)
	first := into[list[moved]](h.ask("POST", "/v1/dead/retry", body, h.writer).want(200)).Data
	again := into[list[moved]](h.ask("POST", "/v1/dead/retry", body, h.writer).want(200)).Data
	if len(first) != 1 || first[0].ID != id || first[0] != again[0] {
		t.Errorf("first %+v, then %+v: want the same event", first, again)
	}
	wrong := into[problem](h.ask("POST", "/v1/dead/discard", `{"connection": "nordwear", "ids": ["`+id+`", "ev_1"], "reason": "x"}`, h.writer).want(422))
	if _, named := wrong.fields()["ids[1]"]; !named || len(wrong.Errors) != 1 {
		t.Errorf("%+v, want ids[1] to be named: it is not dead", wrong.Errors)
	}
}
