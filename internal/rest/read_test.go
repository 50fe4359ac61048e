package rest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func TestKeysAndScopes(t *testing.T) {
	h := open(t, true)
	adminOnly := h.book.key(t, "admin", connection.ScopeAdmin)
	for _, c := range []struct {
		name, method, path, key string
		headers                 []string
		status                  int
	}{
		{"no key", "GET", "/v1/exchanges", "", nil, 401},
		{"a guess", "GET", "/v1/exchanges", "tb_guess", nil, 401},
		{"another scheme", "GET", "/v1/exchanges", "", []string{"Authorization", "Basic " + h.reader}, 401},
		{"a small letter", "GET", "/v1/exchanges", "", []string{"Authorization", "bearer " + h.reader}, 200},
		{"two keys", "GET", "/v1/exchanges", h.reader, []string{"Authorization", "Bearer " + h.reader}, 401},
		{"reading with a key to read", "GET", "/v1/exchanges", h.reader, nil, 200},
		{"writing with a key to read", "POST", "/v1/exchanges", h.reader, nil, 403},
		{"cancelling with a key to read", "POST", "/v1/exchanges/ex_1/cancel", h.reader, nil, 403},
		{"reading with another scope", "GET", "/v1/events", adminOnly, nil, 403},
		{"reading a timeline without a key", "GET", "/v1/exchanges/ex_1/events", "", nil, 401},
		{"reading an event without a key", "GET", "/v1/events/ev_1", "", nil, 401},
		{"the document", "GET", "/v1/openapi.yaml", "", nil, 200},
	} {
		if a := h.ask(c.method, c.path, "", c.key, c.headers...); a.status != c.status {
			t.Errorf("%s: %d, want %d", c.name, a.status, c.status)
		}
	}
	if a := h.ask("GET", "/v1/exchanges", "", ""); !strings.HasPrefix(a.headers.Get("Www-Authenticate"), "Bearer") {
		t.Errorf("401 says %v", a.headers)
	}
	if name := <-h.uses; name != "reader" || len(h.uses) != 0 {
		t.Errorf("the use of %q was told, and %d more", name, len(h.uses))
	}
}

func TestOneKeyHasARate(t *testing.T) {
	at := time.Now()
	h := open(t, false, func(o *rest.Options) {
		o.Rate, o.Now = limit.Rate{PerSecond: 1, Burst: 2}, func() time.Time { return at }
	})
	h.get("/v1/exchanges").want(200)
	h.get("/v1/exchanges").want(200)
	if a := h.get("/v1/exchanges").want(429); a.headers.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.headers.Get("Retry-After"))
	}
	h.ask("GET", "/v1/exchanges", "", h.writer).want(200)
}

func TestWhatIsNotThere(t *testing.T) {
	h := open(t, true)
	for _, path := range []string{"/v1/exchanges/ex_1", "/v1/exchanges/ex_1/events", "/v1/events/ev_1", "/v1/nothing", "/v1/exchanges/"} {
		if p := into[problem](h.get(path).want(404)); p.Type != "urn:tradeback:problem:not_found" {
			t.Errorf("%s: %+v", path, p)
		}
	}
	h.ask("POST", "/v1/exchanges/ex_1/cancel", "", h.writer).want(404)
	h.ask("DELETE", "/v1/exchanges", "", h.writer).want(405)
}

func TestExchangesAreFiltered(t *testing.T) {
	h := open(t, true)
	var ids []string
	for n := range 5 {
		body := fmt.Sprintf(`{"connection":"nordwear","instant":%v,"reference":"R-%d","shopify_return_id":"gid://shopify/Return/%d"}`, n == 2, n, n+1)
		ids = append(ids, string(into[rest.Exchange](h.create(fmt.Sprint("k-", n), body).want(201)).ID))
	}
	find := func(query string) (found []string) {
		t.Helper()
		for _, x := range into[list[rest.Exchange]](h.get("/v1/exchanges?" + query).want(200)).Data {
			found = append(found, string(x.ID))
			if x.Timeline != nil {
				t.Error("a list holds timelines")
			}
		}
		return found
	}
	for query, want := range map[string][]string{
		"":                             {ids[4], ids[3], ids[2], ids[1], ids[0]},
		"connection=nordwear&limit=2":  {ids[4], ids[3]},
		"connection=nobody":            nil,
		"stage=requested,open&limit=1": {ids[4]},
		"stage=completed":              nil,
		"waiting=true&limit=2":         {ids[0], ids[1]},
		"waiting=false":                nil,
		"instant=true":                 {ids[2]},
		"raised=true":                  nil,
		"q=R-3":                        {ids[3]},
		"q=" + ids[1]:                  {ids[1]},
		"q=" + url.QueryEscape("gid://shopify/Return/1"): {ids[0]},
		"since=2126-01-01":                      nil,
		"since=2026-01-01T00:00:00Z&q=R-0":      {ids[0]},
		"since=2026-01-01T00:00:00%2B02:00&q=x": nil,
	} {
		if got := find(query); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: found %v, want %v", query, got, want)
		}
	}
	var walked []string
	for next := ""; ; {
		p := into[list[rest.Exchange]](h.get("/v1/exchanges?limit=2&after=" + url.QueryEscape(next)).want(200))
		for _, x := range p.Data {
			walked = append(walked, string(x.ID))
		}
		if next = p.Next; next == "" {
			break
		}
	}
	if len(walked) != 5 {
		t.Errorf("page by page: %v", walked)
	}
}

func TestWrongFiltersAreNamed(t *testing.T) {
	h := open(t, true)
	for path, fields := range map[string][]string{
		"/v1/exchanges?stage=sent,gone&instant=maybe&raised=1&since=today&limit=0": {"instant", "limit", "raised", "since", "stage"},
		"/v1/exchanges?limit=501&state=open":                                       {"limit", "state"},
		"/v1/exchanges?q=a&q=b":                                                    {"q"},
		"/v1/exchanges?after=nonsense":                                             {"after"},
		"/v1/events?result=lost&source=nobody":                                     {"result", "source"},
		"/v1/events?since=2300-01-01":                                              {"since"},
		"/v1/dead?since=9999-12-31T23:59:59-23:59":                                 {"since"},
	} {
		got := into[problem](h.get(path).want(422)).fields()
		for _, f := range fields {
			if got[f] == "" {
				t.Errorf("%s: %s is not named: %v", path, f, got)
			}
		}
		if len(got) != len(fields) {
			t.Errorf("%s: %v, want %v", path, got, fields)
		}
	}
}

func TestQuarantineIsListed(t *testing.T) {
	h := open(t, true)
	h.create("k-1", ofReturn).want(201)
	at := time.Now().UTC()
	bad := store.Item{
		ID: "ev_01JDAAAAAAAAAAAAAAAAAAAAAA", Conn: "nordwear", Kind: store.Event, State: store.Quarantined, Source: "ongoing",
		Received: at, Due: at, Reason: "truncated at byte 7", Raw: []byte(`{"a":1,`), Digest: "d",
	}
	if err := h.store.Receive(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		"result=quarantined": 1, "result=quarantined,dead&source=ongoing": 1, "source=portal": 0, "result=done": 1, "": 2,
		"connection=nobody": 0, "since=2126-01-01": 0,
	} {
		if got := into[list[rest.Event]](h.get("/v1/events?" + query).want(200)).Data; len(got) != want {
			t.Errorf("%s: %d events, want %d", query, len(got), want)
		}
	}
	ev := into[list[rest.Event]](h.get("/v1/events?result=quarantined")).Data[0]
	if ev.ID != bad.ID || ev.Source != "ongoing" || ev.Connection != "nordwear" || ev.Reason != bad.Reason || ev.Bytes != 7 ||
		ev.Result != store.Quarantined || !ev.Received.Equal(at) {
		t.Errorf("listed as %+v", ev)
	}
	shown := h.get("/v1/events/" + bad.ID).want(200)
	if strings.Contains(shown.body, `\"a\"`) || into[rest.Event](shown).Bytes != 7 {
		t.Errorf("shown as %s", shown.body)
	}
}

func TestTimelineIsReadPageByPage(t *testing.T) {
	h := open(t, true)
	x := into[rest.Exchange](h.create("k-1", ofReturn).want(201))
	h.create("k-2", strings.Replace(ofReturn, "false", "true", 1)).want(200)
	path := "/v1/exchanges/" + string(x.ID) + "/events"
	all := into[list[rest.Moment]](h.get(path).want(200))
	first := into[list[rest.Moment]](h.get(path + "?limit=1").want(200))
	second := into[list[rest.Moment]](h.get(path + "?limit=1&after=" + first.Next).want(200))
	if len(all.Data) != 2 || all.Next != "" || len(first.Data) != 1 || len(second.Data) != 1 || first.Data[0].EventID == second.Data[0].EventID {
		t.Errorf("all %+v\nfirst %+v\nsecond %+v", all, first, second)
	}
	if ev := all.Data[0]; ev.Event != "api exchanges.create" || ev.Actor != "writer" || ev.To != exchange.Requested {
		t.Errorf("moment %+v", ev)
	}
	h.get(path + "?after=x").want(422)
}

func TestCancel(t *testing.T) {
	h := open(t, true)
	x := into[rest.Exchange](h.create("k-1", ofReturn).want(201))
	path := "/v1/exchanges/" + string(x.ID) + "/cancel"
	h.ask("POST", path, `{"why":"x"}`, h.writer).want(422)
	h.ask("POST", path, `{"reason":"`+strings.Repeat("x", 201)+`"}`, h.writer).want(422)
	called := into[rest.Exchange](h.ask("POST", path, `{"reason":"changed their mind"}`, h.writer, "Idempotency-Key", "c-1").want(200))
	if called.Stage != exchange.Cancelling && called.Stage != exchange.Cancelled {
		t.Errorf("stage %s", called.Stage)
	}
	last := called.Timeline[len(called.Timeline)-1]
	if last.Actor != "writer" || last.Event != "api exchanges.cancel" {
		t.Errorf("timeline ends with %+v", last)
	}
	again := into[rest.Exchange](h.ask("POST", path, "", h.writer).want(200))
	if len(again.Timeline) != len(called.Timeline) {
		t.Error("calling off twice was kept twice")
	}
}

func TestWhatWasSentIsNotCalledOff(t *testing.T) {
	h := open(t, false, func(o *rest.Options) { o.Patience = time.Millisecond })
	fence, err := h.store.Own(t.Context(), "nordwear", "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for n, stage := range []exchange.Stage{exchange.Sent, exchange.Completed, exchange.Open} {
		x := exchange.New(exchange.ID(fmt.Sprint("ex_", n)), "nordwear", exchange.Policy{}, time.Now())
		x.Version, x.Stage = 1, stage
		if err := h.store.Commit(t.Context(), store.Step{Conn: "nordwear", Fence: fence, Next: &x}); err != nil {
			t.Fatal(err)
		}
		a := h.ask("POST", "/v1/exchanges/"+string(x.ID)+"/cancel", "", h.writer)
		if stage == exchange.Open {
			a.want(202)
			continue
		}
		if p := into[problem](a.want(409)); p.Type != "urn:tradeback:problem:too_late" || !strings.Contains(p.Detail, string(stage)) {
			t.Errorf("problem %+v", p)
		}
	}
}

func TestWhatIsNotDurableIsNotAcknowledged(t *testing.T) {
	h := open(t, false)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	a := h.create("k-1", ofReturn).want(503)
	if a.headers.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.headers.Get("Retry-After"))
	}
}

// due is an exchange that was sent, with a difference that nothing collects: an invoice was refused.
func (h *house) due() exchange.Exchange {
	h.t.Helper()
	sek := func(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "SEK"} }
	price := func(minor int64) *exchange.LinePrice {
		return &exchange.LinePrice{Price: sek(minor), Tax: sek(minor / 5)}
	}
	x := exchange.New("ex_1", "nordwear", exchange.Policy{Payment: exchange.CaptureOnSent, ProcessReturn: true}, time.Now())
	x.Version, x.Stage = 1, exchange.Sent
	x.Facts.Request.ReturnID = "gid://shopify/Return/9"
	x.Facts.Shop = &exchange.Shop{
		Stamp: exchange.Stamp{Fence: 1, N: 9}, OrderID: "gid://shopify/Order/1", Outstanding: sek(5000), Capturable: sek(0),
		ShopOutstanding: exchange.Money{Minor: 430, Currency: "EUR"},
		ReturnLines:     []exchange.ReturnLine{{ID: "rl", Article: "M", Quantity: 1, Processed: 1, Price: price(20000)}},
		ExchangeLines:   []exchange.ExchangeLine{{ID: "xl", Article: "L", Title: "Shirt / L", Quantity: 1, Processed: 1, Price: price(25000)}},
		Transactions:    []exchange.Transaction{{ID: "gid://shopify/OrderTransaction/1", Kind: "SALE", Status: "SUCCESS", Amount: sek(20000)}},
	}
	x.Facts.Agreed = &exchange.Agreed{Amount: sek(5000), Balance: sek(0), Seen: []string{"gid://shopify/OrderTransaction/1"}}
	id := exchange.EffectID("ex_1/send_invoice/5000SEK")
	amount := sek(5000)
	x.Asked = []exchange.Asked{{ID: id, Kind: exchange.SendInvoice, Cause: "5000SEK", At: x.Created, Amount: &amount}}
	x.Facts.Movements = []exchange.Movement{{Effect: id, Kind: exchange.SendInvoice, Result: exchange.Refused, At: x.Created, Code: "no_email", Reason: "the order has no address"}}
	fence, err := h.store.Own(h.t.Context(), "nordwear", "test", time.Minute)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.store.Commit(h.t.Context(), store.Step{Conn: "nordwear", Fence: fence, Next: &x, Refs: x.Refs()}); err != nil {
		h.t.Fatal(err)
	}
	return x
}

func TestSettle(t *testing.T) {
	h := open(t, true)
	h.due()
	const path = "/v1/exchanges/ex_1/settle"
	for _, body := range []string{
		`{"as":"forgiven","reason":"x"}`, `{"as":"written_off"}`, `{"reason":"x"}`, `{"as":"written_off","reason":"x","amount":{"minor":0,"currency":"SEK"}}`,
		`{"as":"written_off","reason":"x","amount":{"minor":1,"currency":"sek"}}`, `{"as":"collect_again","reason":"x","amount":{"minor":1,"currency":"SEK"}}`,
		`{"as":"written_off","reason":"x","amount":{"minor":1.5,"currency":"SEK"}}`,
	} {
		h.ask("POST", path, body, h.writer).want(422)
	}
	h.ask("POST", path, `{"as":"written_off","reason":"x"}`, h.reader).want(403)
	if p := into[problem](h.ask("POST", path, `{"as":"written_off","reason":"x","amount":{"minor":1,"currency":"NOK"}}`, h.writer).want(409)); p.Type != "urn:tradeback:problem:nothing_to_settle" {
		t.Errorf("problem %+v", p)
	}
	part := into[rest.Exchange](h.ask("POST", path, `{"as":"paid_elsewhere","reason":"in the shop","amount":{"minor":2000,"currency":"SEK"}}`, h.writer).want(200))
	if part.Settlement.Status == "settled" {
		t.Errorf("settlement %+v", part.Settlement)
	}
	last := part.Timeline[len(part.Timeline)-1]
	if last.Actor != "writer" || last.Event != "api exchanges.settle" || last.Facts != "decided: paid elsewhere, 20.00 SEK: in the shop" {
		t.Errorf("timeline ends with %+v", last)
	}
	m := into[rest.Money](h.get("/v1/exchanges/ex_1/money").want(200))
	if m.Due.Minor != 3000 || len(m.Decisions) != 1 || m.Decisions[0].By != "writer" {
		t.Errorf("money %+v", m)
	}
	const whole = `{"as":"written_off","reason":"goodwill"}`
	for range 2 { // a repeat under one key is one decision
		if x := into[rest.Exchange](h.ask("POST", path, whole, h.writer, "Idempotency-Key", "s-1").want(200)); x.Settlement.Status != "written_off" {
			t.Errorf("settlement %+v", x.Settlement)
		}
	}
	h.ask("POST", path, whole, h.writer).want(409)
	if m := into[rest.Money](h.get("/v1/exchanges/ex_1/money").want(200)); m.Due.Minor != 0 || len(m.Decisions) != 2 {
		t.Errorf("money %+v", m)
	}
}

func TestTheProofOfTheMoney(t *testing.T) {
	h := open(t, false)
	h.due()
	m := into[rest.Money](h.get("/v1/exchanges/ex_1/money").want(200))
	if m.Agreed.Amount.Minor != 5000 || !m.Agreed.AddsUp || len(m.Agreed.Lines) != 2 || m.Agreed.Lines[0].ComesTo.Minor != -20000 || m.Agreed.Lines[1].ComesTo.Minor != 25000 {
		t.Errorf("agreed %+v", m.Agreed)
	}
	if len(m.Movements) != 1 || m.Movements[0].Result != exchange.Refused || m.Movements[0].Code != "no_email" || m.Movements[0].Amount.Minor != 5000 {
		t.Errorf("movements %+v", m.Movements)
	}
	if m.Due.Minor != 5000 || m.Order.ShopOutstanding.Currency != "EUR" || m.Settlement.Status != "refused" {
		t.Errorf("due %v, order %+v, settlement %+v", m.Due, m.Order, m.Settlement)
	}
	h.get("/v1/exchanges/ex_2/money").want(404)
}
