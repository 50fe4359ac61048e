package rest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/rest"
)

func TestWhyAnExchangeIsWhereItIs(t *testing.T) {
	h := open(t, true)
	x := into[rest.Exchange](h.create("k", `{"connection":"nordwear","reference":"R-1","shopify_return_id":"gid://shopify/Return/1"}`).want(201))
	self := "/v1/exchanges/" + string(x.ID)
	w := into[rest.Why](h.get(self + "/why").want(200))
	if !w.Served || len(w.WaitingFor) == 0 || len(w.Next) != 1 || len(w.Sides) != 3 || len(w.Heard) != 1 {
		t.Errorf("explained %+v", w)
	}
	if !slices.ContainsFunc(w.May, func(m rest.Remedy) bool { return m.Request == "POST "+self+"/cancel" }) {
		t.Errorf("a person may %+v, want to cancel among it", w.May)
	}
	for _, m := range w.May {
		if strings.Contains(m.Command, "serve") {
			t.Errorf("though it is served a person may %+v", m)
		}
	}
	h.ask("POST", self+"/cancel", `{"reason":"a mistake"}`, h.writer).want(200)
	if w = into[rest.Why](h.get(self + "/why").want(200)); len(w.WaitingFor) != 0 || len(w.May) != 0 {
		t.Errorf("cancelled, it is explained %+v", w)
	}
	h.get("/v1/exchanges/ex_9/why").want(404)
	h.ask("GET", self+"/why", "", "").want(401)
}
