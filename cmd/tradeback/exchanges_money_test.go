package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// due stores an exchange that was sent: the customer has paid a part of what they owe, and nothing collects the rest.
func (r *rig) due(e *sqlite.Engine) {
	r.t.Helper()
	at := rigTime.Add(-time.Hour)
	sek := func(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "SEK"} }
	eur := func(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "EUR"} }
	x := exchange.New("ex_1", "nordwear", exchange.Policy{Payment: exchange.CaptureOnSent, ProcessReturn: true}, at)
	x.Version, x.Stage = 1, exchange.Sent
	x.Facts.Request.ReturnID = "gid://shopify/Return/1"
	x.Facts.Shop = &exchange.Shop{
		Stamp: exchange.Stamp{Fence: 1, N: 9}, OrderID: "gid://shopify/Order/1", OrderName: "#1001",
		Outstanding: sek(3000), Capturable: sek(0), ShopOutstanding: eur(260),
		ReturnLines:   []exchange.ReturnLine{{ID: "rl", Article: "M", Quantity: 1, Processed: 1, Price: &exchange.LinePrice{Price: sek(22000), Discount: sek(2000), Tax: sek(4000), Fee: sek(500)}}},
		ExchangeLines: []exchange.ExchangeLine{{ID: "xl", Article: "L", Title: "Shirt / L", Quantity: 1, Processed: 1, Price: &exchange.LinePrice{Price: sek(24500), Tax: sek(4900)}}},
		Transactions: []exchange.Transaction{
			{ID: "gid://shopify/OrderTransaction/1", Kind: "SALE", Status: "SUCCESS", Amount: sek(20000), ShopAmount: eur(1740)},
			{ID: "gid://shopify/OrderTransaction/2", Kind: "SALE", Status: "SUCCESS", Amount: sek(2000), ShopAmount: eur(174)},
		},
	}
	x.Facts.Agreed = &exchange.Agreed{Amount: sek(5000), Balance: sek(0), Seen: []string{"gid://shopify/OrderTransaction/1"}}
	amount := sek(5000)
	x.Asked = []exchange.Asked{{ID: "ex_1/send_invoice/5000SEK", Kind: exchange.SendInvoice, At: at, Amount: &amount}}
	x.Facts.Movements = []exchange.Movement{{
		Effect: "ex_1/send_invoice/5000SEK", Kind: exchange.SendInvoice, Result: exchange.Refused, At: at, Code: "no_email", Reason: "the order has no address",
	}}
	fence, err := e.Own(r.t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		r.t.Fatal(err)
	}
	r.apply(e, store.Step{Conn: "nordwear", Fence: fence, Next: &x, Refs: x.Refs(), Items: []store.Item{{
		ID: "ex_1/send_invoice/5000SEK", Conn: "nordwear", Kind: store.Effect, State: store.Done, Exchange: "ex_1", Received: at, Due: at, Attempt: 2, Body: []byte("{}"),
	}}})
}

func TestTheMoneyOfAnExchangeIsProven(t *testing.T) {
	r := newRig(t)
	r.due(r.store(false))
	golden(t, "exchanges_money.txt", r.want(0, "exchanges", "show", "ex_1", "--money").out)
	var m rest.Money
	r.json(&m, "exchanges", "show", "ex_1", "--money")
	if m.Due.Minor != 3000 || !m.Agreed.AddsUp || len(m.Others) != 1 || m.Others[0].Counts.Minor != 2000 || len(m.Movements) != 1 || m.Movements[0].Attempts != 2 {
		t.Errorf("proof %+v", m)
	}
}

func TestADecisionIsKeptWhileNobodyServes(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.due(e)
	r.exchange(e, "ex_2", exchange.Completed, "gid://shopify/Return/2")
	var kept rest.Event
	r.json(&kept, "exchanges", "settle", "ex_1", "--as", "paid_elsewhere", "--amount", "20.00", "--reason", "in the shop")
	it, err := findEvent(t.Context(), e, "nordwear", kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	var n exchange.Notice
	decodeLine(t, string(it.Body), &n)
	ev := n.Event
	if ev.Kind != exchange.EventSaid || ev.Actor != "astrid" || ev.Source != "person" || ev.Said.What != exchange.PaidElsewhere || ev.Said.Reason != "in the shop" ||
		*ev.Said.Amount != (exchange.Money{Minor: 2000, Currency: "SEK"}) {
		t.Errorf("the event tells %+v, %+v", ev, ev.Said)
	}
	for _, args := range []string{
		"--as forgiven --reason x", "--reason x", "--as written_off", "--as written_off --reason x --amount -1", "--as written_off --reason x --amount 0.001",
		"--as collect_again --reason x --amount 1",
	} {
		r.want(exitUsage, append([]string{"exchanges", "settle", "ex_1"}, strings.Fields(args)...)...)
	}
	r.want(exitRefused, "exchanges", "settle", "ex_2", "--as", "written_off", "--reason", "x")
	r.want(exitNotFound, "exchanges", "settle", "ex_9", "--as", "written_off", "--reason", "x")
}

func TestADecisionIsWaitedForWhereServeRuns(t *testing.T) {
	r := newRig(t)
	e := r.store(true)
	r.due(e)
	serveInbox(t, e)
	var x rest.Exchange
	r.json(&x, "exchanges", "settle", "ex_1", "--as", "written_off", "--reason", "goodwill", "--by", "bo")
	if x.Settlement.Status != "written_off" || x.Timeline[len(x.Timeline)-1].Actor != "bo" {
		t.Errorf("settlement %+v, timeline %+v", x.Settlement, x.Timeline)
	}
	if got := r.want(exitRefused, "exchanges", "settle", "ex_1", "--as", "written_off", "--reason", "again"); !strings.Contains(got.errOut, "nothing is due") {
		t.Errorf("said %q", got.errOut)
	}
}
