package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// handled waits for the end of an event.
func (h *house) handled(id string) {
	h.t.Helper()
	changed, stop := h.store.Watch("nordwear")
	defer stop()
	for into[rest.Event](h.get("/v1/events/"+id).want(200)).Result == store.Waiting {
		<-changed
	}
}

func TestEventsAreHeardAgain(t *testing.T) {
	h := open(t, true)
	before := time.Now().Add(-time.Second)
	x := into[rest.Exchange](h.create("k", `{"connection":"nordwear","instant":true,"reference":"R-1","shopify_return_id":"gid://shopify/Return/1"}`).want(201))
	first := x.Timeline[0].EventID
	replays := func(path, body string) answer {
		t.Helper()
		return h.ask("POST", path, body, h.writer)
	}
	for name, body := range map[string]string{
		"an event":    fmt.Sprintf(`{"events":[%q]}`, first),
		"an exchange": fmt.Sprintf(`{"exchange":%q}`, x.ID),
		"a time":      fmt.Sprintf(`{"connection":"nordwear","since":%q}`, before.Format(time.RFC3339Nano)),
	} {
		would := into[replay.List[replay.Rehearsal]](replays("/v1/replays/rehearse", body).want(200))
		if len(would.Data) != 1 || would.Data[0].Event != first || would.Data[0].Exchange != x.ID || len(would.Data[0].Effects) != 0 {
			t.Errorf("%s: it would lead to %+v", name, would)
		}
		did := into[replay.List[replay.Replayed]](replays("/v1/replays", body).want(200))
		if len(did.Data) != 1 || did.Data[0].Of != first || did.Data[0].ID == first {
			t.Errorf("%s: kept %+v", name, did)
		}
		h.handled(did.Data[0].ID)
	}
	after := into[rest.Exchange](h.get("/v1/exchanges/" + string(x.ID)).want(200))
	if len(after.Timeline) != 4 || after.Stage != x.Stage || !after.Instant {
		t.Errorf("three replays later it is %+v", after)
	}
	if all := into[list[rest.Exchange]](h.get("/v1/exchanges").want(200)).Data; len(all) != 1 {
		t.Errorf("there are %d exchanges, want the one", len(all))
	}
	for _, body := range []string{
		`{}`, `{"events":[]}`, `{"events":["ev_1"],"exchange":"ex_1"}`, `{"events":["ev_1"],"limit":5}`, `{"events":["ev_1"]}`, `{"exchange":"ex_1"}`,
		`{"since":"2026-11-22T10:00:00Z","until":"2026-11-22T10:00:00Z"}`, `{"since":"2026-11-22T10:00:00Z","after":"nonsense"}`,
	} {
		replays("/v1/replays", body).want(422)
	}
	for field, body := range map[string]string{
		"since":     `{"since":"2026-11-22"}`,
		"until":     `{"since":"2026-11-22T10:00:00Z","until":"9999-12-31T23:59:59-23:59"}`,
		"events[0]": `{"events":[""]}`,
	} {
		if got := into[problem](replays("/v1/replays", body).want(422)).fields()[field]; got == "" || strings.Contains(got, "at least") {
			t.Errorf("%s: %s is said to be %q", body, field, got)
		}
	}
	h.ask("POST", "/v1/replays", `{"events":["ev_1"]}`, h.reader).want(403)
	h.ask("POST", "/v1/replays/rehearse", fmt.Sprintf(`{"events":[%q]}`, first), h.reader).want(200)
}

func TestADecisionThatWouldCountTwiceIsRefused(t *testing.T) {
	h := open(t, true)
	x := h.due()
	self := "/v1/exchanges/ex_1"
	x.Version++
	x.Raised = []exchange.Raised{{Code: string(exchange.PaymentDue), Message: "so", Since: x.Created}}
	fence, err := h.store.Own(t.Context(), "nordwear", "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Commit(t.Context(), store.Step{Conn: "nordwear", Fence: fence, Next: &x, Refs: x.Refs()}); err != nil {
		t.Fatal(err)
	}
	w := into[rest.Why](h.get(self + "/why").want(200))
	if !slices.ContainsFunc(w.May, func(m rest.Remedy) bool {
		return m.Command == `tradeback exchanges settle ex_1 --as written_off --reason "…"`
	}) {
		t.Errorf("raised %+v, a person may %+v, want to write it off among it", w.Raised, w.May)
	}
	settled := into[rest.Exchange](h.ask("POST", self+"/settle", `{"as":"written_off","reason":"x"}`, h.writer).want(200))
	said := settled.Timeline[len(settled.Timeline)-1].EventID
	p := into[problem](h.ask("POST", "/v1/replays", fmt.Sprintf(`{"events":[%q]}`, said), h.writer).want(409))
	if p.Type != "urn:tradeback:problem:not_replayable" {
		t.Errorf("%+v", p)
	}
}
