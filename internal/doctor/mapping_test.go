package doctor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
)

// standard is Ongoing's own list.
var standard = []exchange.Status{
	{Number: 150, Text: "Error"},
	{Number: 200, Text: "Open"},
	{Number: 300, Text: "Released"},
	{Number: 320, Text: "Allocated"},
	{Number: 400, Text: "Picked"},
	{Number: 450, Text: "Sent"},
	{Number: 500, Text: "Collected"},
	{Number: 800, Text: "Returned"},
	{Number: 1000, Text: "Cancelled"},
}

var returns = []exchange.Status{{Number: 100, Text: "Notified"}, {Number: 500, Text: "Returned"}, {Number: 900, Text: "Cancelled"}}

// mapped is a connection with Ongoing's standard names.
func mapped() connection.Connection {
	c := connection.Connection{Name: "nordwear"}
	c.Exchanges.MarkReturned = true
	c.Ongoing.OrderStatuses = connection.OrderStatuses{
		Open: connection.StatusSet{"Open"}, Returned: connection.StatusSet{"Returned"}, Released: connection.StatusSet{"Released"},
		Sent: connection.StatusSet{"Sent", "Collected"}, Cancelled: connection.StatusSet{"Cancelled"},
	}
	c.Ongoing.ReturnOrderStatuses = connection.ReturnOrderStatuses{Notified: connection.StatusSet{"Notified"}, Returned: connection.StatusSet{"Returned"}}
	return c
}

// replaced is the standard list with some statuses in another form.
func replaced(change map[int]string) []exchange.Status {
	out := slices.Clone(standard)
	for i := range out {
		if text, ok := change[out[i].Number]; ok {
			out[i].Text = text
		}
	}
	return out
}

func TestTheMappingIsHeldAgainstTheWarehouse(t *testing.T) {
	for _, c := range []struct {
		name             string
		change           func(*connection.Connection)
		orders           []exchange.Status
		seen             doctor.Observed
		check            string
		state            doctor.State
		evidence, remedy string
		proposed         string // a part of it; "-": none at all
	}{
		{
			name: "the standard resolves", check: "ongoing.order_statuses", state: doctor.OK,
			evidence: "open is 200 Open, returned is 800 Returned, released is 300 Released, sent is 450 Sent, sent is 500 Collected", proposed: "-",
		},
		{
			name: "a name that does not exist", change: func(c *connection.Connection) { c.Ongoing.OrderStatuses.Open = connection.StatusSet{"Opne"} },
			check: "ongoing.order_statuses", state: doctor.Fault, evidence: `there is no status "Opne"`, remedy: "proposed", proposed: "order_statuses: {open: [Open], returned: [Returned]",
		},
		{
			name: "a number in two roles", change: func(c *connection.Connection) { c.Ongoing.OrderStatuses.Returned = connection.StatusSet{"300"} },
			check: "ongoing.order_statuses", state: doctor.Fault, evidence: "status 300 is both returned and released",
		},
		{
			name: "Swedish texts", orders: replaced(map[int]string{200: "Öppen", 300: "Frisläppt", 450: "Skickad", 500: "Hämtad", 800: "Returnerad", 1000: "Makulerad"}),
			check: "ongoing.order_statuses", state: doctor.Fault, evidence: `no status "Open"`,
			proposed: "order_statuses: {open: [Öppen], returned: [Returnerad], released: [Frisläppt], sent: [Skickad, Hämtad], cancelled: [Makulerad]}\nreturn_order_statuses: {notified: [Notified], returned: [Returned]}",
		},
		{
			name: "texts of the warehouse's own, by the standard's number", orders: replaced(map[int]string{300: "Go: pick!"}),
			check: "ongoing.order_statuses", state: doctor.Fault, evidence: `no status "Released"`, proposed: `released: ["Go: pick!"]`,
		},
		{
			name: "nothing to go by", orders: []exchange.Status{{Number: 1, Text: "Alfa"}, {Number: 2, Text: "Open"}}, check: "ongoing.order_statuses", state: doctor.Fault,
			proposed: "# order_statuses.sent: no status",
		},
		{
			name: "Sent misses Collected", change: func(c *connection.Connection) { c.Ongoing.OrderStatuses.Sent = connection.StatusSet{"Sent"} },
			check: "ongoing.sent", state: doctor.Warning, evidence: "500 Collected does not count as sent", remedy: "order_statuses.sent", proposed: "sent: [Sent, Collected]",
		},
		{name: "Sent has Collected", check: "ongoing.sent", state: doctor.OK},
		{name: "Returned above Sent", check: "ongoing.returned", state: doctor.Warning, evidence: "800 Returned lies above 450 Sent", remedy: "mark_returned: false", proposed: "-"},
		{
			name: "Returned above Sent and not marked", change: func(c *connection.Connection) { c.Exchanges.MarkReturned = false }, check: "ongoing.returned", state: doctor.OK,
		},
		{
			name: "Returned below Sent", orders: append(slices.DeleteFunc(slices.Clone(standard), func(s exchange.Status) bool { return s.Number == 800 }), exchange.Status{Number: 250, Text: "Returned"}),
			check: "ongoing.returned", state: doctor.OK, evidence: "250 Returned lies below 450 Sent",
		},
		{
			name: "a number used twice", orders: append(slices.Clone(standard), exchange.Status{Number: 320, Text: "Reserved"}),
			check: "ongoing.status_numbers", state: doctor.Warning, evidence: "order status 320 is Allocated and Reserved", proposed: "-",
		},
		{
			name: "statuses seen without a role", orders: append(slices.Clone(standard), exchange.Status{Number: 425, Text: "Partly delivered"}),
			seen:  doctor.Observed{Orders: map[int]bool{425: true, 200: true, 320: true, 777: true}, Returns: map[int]bool{500: true, 900: true, 300: true}},
			check: "ongoing.unmapped_statuses", state: doctor.Warning,
			evidence: "seen without a role: order 425 Partly delivered, order 777 (not in the warehouse's list), return order 300 (not in the warehouse's list)",
		},
		{
			name: "statuses on the way need no role", seen: doctor.Observed{Orders: map[int]bool{320: true, 400: true, 150: true}}, check: "ongoing.unmapped_statuses", state: doctor.OK, proposed: "-",
		},
		{name: "nobody was born yet", check: "ongoing.born", state: doctor.Skipped},
		{name: "all were born Open", seen: doctor.Observed{Exchanges: 3}, check: "ongoing.born", state: doctor.OK},
		{
			name: "born Released", seen: doctor.Observed{Exchanges: 3, Born: []doctor.Birth{{Exchange: "ex_3", Role: exchange.RoleReleased}}},
			check: "ongoing.born", state: doctor.Warning, evidence: "1 of the last 3 exchange orders were not made as Open, the latest, of exchange ex_3, released", remedy: "begin as Open",
		},
		{
			name: "work had begun", seen: doctor.Observed{Exchanges: 3, Started: []exchange.ID{"ex_2"}}, check: "ongoing.born", state: doctor.Fault, evidence: "ex_2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, orders := mapped(), c.orders
			if c.change != nil {
				c.change(&conn)
			}
			if orders == nil {
				orders = standard
			}
			checks := doctor.Mapping(conn, orders, returns, c.seen)
			at := slices.IndexFunc(checks, func(one doctor.Check) bool { return one.Name == c.check })
			if at < 0 {
				t.Fatalf("no check %s in %+v", c.check, checks)
			}
			got := checks[at]
			if got.State != c.state || !strings.Contains(got.Evidence, c.evidence) || !strings.Contains(got.Remedy, c.remedy) {
				t.Errorf("got %s: %s -> %s, want %s: %s -> %s", got.State, got.Evidence, got.Remedy, c.state, c.evidence, c.remedy)
			}
			if got.State != doctor.OK && got.State != doctor.Skipped && got.Remedy == "" {
				t.Error("nobody is told what to do")
			}
			proposed := checks[0].Proposed
			if c.proposed == "-" && proposed != "" || c.proposed != "-" && !strings.Contains(proposed, c.proposed) {
				t.Errorf("proposed %q, want %q", proposed, c.proposed)
			}
		})
	}
}

// A mapping that is proposed can be applied as it stands.
func TestWhatIsProposedResolves(t *testing.T) {
	odd := append(replaced(map[int]string{200: "Öppen", 300: "true", 450: "Sent"}), exchange.Status{Number: 451, Text: "Sent"}, exchange.Status{Number: 460, Text: "Picked: up"})
	p := doctor.Propose(connection.Ongoing{}, odd, returns)
	if len(p.Unclear) > 0 {
		t.Fatalf("unclear: %v", p.Unclear)
	}
	yaml := "connections:\n  - name: nordwear\n    ongoing:\n" + indent(p.YAML()) + `      warehouse: nordwear
      goods_owner_id: 1
      username: WSIx
      password: x
      warehouse_id: 1
      webhook_tokens: [0123456789abcdef]
    shopify: {shop: nordwear.myshopify.com, access_token: x, webhook_secrets: [x], location_id: "gid://shopify/Location/1"}
`
	all, err := connection.Parse([]byte(yaml), func(string) string { return "" }, connection.Options{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, yaml)
	}
	checks := doctor.Mapping(all[0], odd, returns, doctor.Observed{})
	if checks[0].State != doctor.OK || checks[1].State != doctor.OK {
		t.Errorf("%+v", checks[:2])
	}
	if !strings.Contains(p.YAML(), `sent: [450, 451`) || !strings.Contains(p.YAML(), `released: ["true"]`) {
		t.Errorf("proposed %s", p.YAML())
	}
}

func indent(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		b.WriteString("      " + line + "\n")
	}
	return b.String()
}

func TestNeedsFollowTheSettings(t *testing.T) {
	has := func(payment string) bool {
		c := mapped()
		c.Exchanges.Payment = payment
		return slices.ContainsFunc(doctor.Needs(c), func(n doctor.Need) bool { return slices.Equal(n.AnyOf, []string{"write_orders"}) })
	}
	if has(exchange.PaymentNone) || !has(exchange.CaptureOnSent) || !has(exchange.SecureBeforeRelease) {
		t.Error("write_orders is needed where money is moved, and there alone")
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 3 * time.Second: "3 s", 3 * time.Minute: "3 min", 5 * time.Hour: "5 h", 72 * time.Hour: "3 days",
	} {
		if got := doctor.Ago(d); got != want {
			t.Errorf("Ago(%s) = %s, want %s", d, got, want)
		}
	}
}
