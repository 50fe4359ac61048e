package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// short is an exchange whose finished return order has one of two items.
func (h *house) short(id exchange.ID, stage exchange.Stage) *exchange.Exchange {
	h.t.Helper()
	fence, err := h.store.Own(h.t.Context(), "nordwear", "test", time.Minute)
	if err != nil {
		h.t.Fatal(err)
	}
	x := exchange.New(id, "nordwear", exchange.Policy{Partial: exchange.PartialReview}, time.Now())
	x.Version, x.Stage = 1, stage
	x.Facts.ReturnOrder = &exchange.ReturnOrder{
		ID: 60, Status: exchange.Status{Number: 500, Role: exchange.RoleReturned},
		Lines: []exchange.ReturnOrderLine{{Row: "1", Article: "M", Announced: 2, Received: 1}},
	}
	if err := h.store.Commit(h.t.Context(), store.Step{Conn: "nordwear", Fence: fence, Next: &x, Refs: x.Refs()}); err != nil {
		h.t.Fatal(err)
	}
	return &x
}

func TestAPartialReturnIsAccepted(t *testing.T) {
	h := open(t, true)
	h.short("ex_1", exchange.Returned)
	path := "/v1/exchanges/ex_1"
	if x := into[rest.Exchange](h.get(path).want(200)); x.Links["accept"] != path+"/accept" {
		t.Errorf("links %v, want one to accept", x.Links)
	}
	for _, wrong := range []string{`{}`, `{"reason":""}`, `{"reason":"` + strings.Repeat("x", 201) + `"}`, `{"reason":"x","why":"y"}`} {
		h.ask("POST", path+"/accept", wrong, h.writer).want(422)
	}
	h.ask("POST", path+"/accept", `{"reason":"lost in the post"}`, h.reader).want(403)
	x := into[rest.Exchange](h.ask("POST", path+"/accept", `{"reason":"lost in the post"}`, h.writer, "Idempotency-Key", "a-1").want(200))
	last := x.Timeline[len(x.Timeline)-1]
	if last.Actor != "writer" || last.Event != "api exchanges.accept" || last.Facts != "decided: return accepted: lost in the post" || x.Links["accept"] != "" {
		t.Errorf("the timeline ends with %+v, links %v", last, x.Links)
	}
	again := into[rest.Exchange](h.ask("POST", path+"/accept", `{"reason":"lost in the post"}`, h.writer).want(200))
	if len(again.Timeline) != len(x.Timeline) {
		t.Error("accepting twice was kept twice")
	}
}

func TestWhatIsNotShortIsNotAccepted(t *testing.T) {
	h := open(t, false, func(o *rest.Options) { o.Patience = time.Millisecond })
	h.short("ex_1", exchange.Completed)
	a := h.ask("POST", "/v1/exchanges/ex_1/accept", `{"reason":"x"}`, h.writer)
	if p := into[problem](a.want(409)); p.Type != "urn:tradeback:problem:nothing_to_accept" || !strings.Contains(p.Detail, "completed") {
		t.Errorf("problem %+v", p)
	}
	h.short("ex_2", exchange.Open)
	h.ask("POST", "/v1/exchanges/ex_2/accept", `{"reason":"x"}`, h.writer).want(202)
	h.ask("POST", "/v1/exchanges/ex_9/accept", `{"reason":"x"}`, h.writer).want(404)
}
