package rest_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/rest"
)

func TestAnExchangeIsRebuilt(t *testing.T) {
	h := open(t, true)
	x := into[rest.Exchange](h.create("k", `{"connection":"nordwear","reference":"R-1","shopify_return_id":"gid://shopify/Return/1"}`).want(201))
	self := "/v1/exchanges/" + string(x.ID)
	h.ask("POST", self+"/cancel", `{"reason":"a mistake"}`, h.writer).want(200)
	got := into[rest.Rebuilt](h.get(self + "/rebuild?what_if=true").want(200))
	if !got.Agrees || got.Broken != "" || got.Lines != 2 || len(got.Otherwise) != 0 || got.At != nil || got.Exchange.Stage != "cancelled" {
		t.Errorf("rebuilt %+v", got)
	}
	then := into[rest.Rebuilt](h.get(self + "/rebuild?at=" + x.Created.Format("2006-01-02T15:04:05.999999999Z07:00")).want(200))
	if !then.Agrees || then.Lines != 2 || then.At == nil || then.Exchange.Stage != "requested" || len(then.Exchange.Timeline) != 1 {
		t.Errorf("as it was known when it was made: %+v", then)
	}
	h.get(self + "/rebuild?at=2020-01-01").want(404)
	h.get(self + "/rebuild?at=yesterday").want(422)
	h.get(self + "/rebuild?at=9999-12-31T23:59:59-23:59").want(422)
	h.get("/v1/exchanges/ex_9/rebuild").want(404)
	h.ask("GET", self+"/rebuild", "", "").want(401)
}
