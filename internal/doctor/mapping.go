package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

// collected are the texts of the status in which a carrier has fetched an order, in English, Swedish, Norwegian and
// Danish: with those the order was sent, too.
var collected = []string{"collected", "picked up", "hämtad", "hentet", "afhentet"}

// Mapping holds a warehouse's own statuses, and what was seen of them, against the mapping of a connection. It is
// pure. A nil list could not be read.
func Mapping(c connection.Connection, orders, returns []exchange.Status, seen Observed) []Check {
	m := mapping{ongoing: c.Ongoing, orders: orders, returns: returns, seen: seen}
	m.roles = m.resolve("ongoing.order_statuses", orders, c.Ongoing.OrderStatuses.Roles())
	if returns != nil {
		m.returnRoles = m.resolve("ongoing.return_order_statuses", returns, c.Ongoing.ReturnOrderStatuses.Roles())
	}
	m.numbers()
	m.sent()
	m.returned(c.Exchanges.MarkReturned)
	m.unmapped()
	m.born()
	m.propose()
	return m.r.checks
}

type mapping struct {
	ongoing            connection.Ongoing
	orders, returns    []exchange.Status
	roles, returnRoles connection.StatusMap // nil: the mapping does not resolve
	seen               Observed
	r                  report
	wanting            bool // something is not as it should be, so that another mapping is proposed
}

// resolve finds the numbers of what the merchant named.
func (m *mapping) resolve(name string, have []exchange.Status, roles []connection.RoleSet) connection.StatusMap {
	texts := map[int]string{}
	for _, s := range have {
		texts[s.Number] = s.Text
	}
	found, _, err := connection.Resolve(roles, texts)
	var unknown *connection.UnresolvedError
	if errors.As(err, &unknown) {
		m.wanting = true
		m.r.fault(name, "take the proposed mapping, or correct yours, and apply", "%s; the warehouse has: %s", strings.Join(unknown.Problems, "; "), list(unknown.Known))
		return nil
	}
	var said []string
	for _, role := range roles {
		var numbers []int
		for number, played := range found {
			if played == role.Role {
				numbers = append(numbers, number)
			}
		}
		slices.Sort(numbers)
		for _, n := range numbers {
			said = append(said, fmt.Sprintf("%s is %d %s", role.Role, n, texts[n]))
		}
	}
	m.r.ok(name, "%s", list(said))
	return found
}

// numbers reports a number that the warehouse's list holds twice.
func (m *mapping) numbers() {
	var twice []string
	for _, of := range []struct {
		what string
		have []exchange.Status
	}{{"order", m.orders}, {"return order", m.returns}} {
		texts := map[int]string{}
		for _, s := range of.have {
			if other, taken := texts[s.Number]; taken {
				twice = append(twice, fmt.Sprintf("%s status %d is %s and %s", of.what, s.Number, other, s.Text))
			}
			texts[s.Number] = s.Text
		}
	}
	if twice != nil {
		m.r.warn("ongoing.status_numbers", "ask the warehouse to give each status a number of its own: an order shows its number alone in webhooks", "%s", list(twice))
		return
	}
	m.r.ok("ongoing.status_numbers", "each number stands for one status")
}

// sent reports a status in which an order was fetched that does not count as sent.
func (m *mapping) sent() {
	const name = "ongoing.sent"
	if m.roles == nil {
		m.r.skip(name, "the mapping does not resolve")
		return
	}
	var missed []string
	for _, s := range m.orders {
		if is(s.Text, collected) && m.roles[s.Number] == exchange.RoleNone {
			missed = append(missed, shown(s))
		}
	}
	if missed == nil {
		m.r.ok(name, "no status in which an order was fetched is missing")
		return
	}
	m.wanting = true
	m.r.warn(name, "add it to order_statuses.sent and apply: an order that goes there without resting at Sent would never be fulfilled in Shopify",
		"%s does not count as sent", list(missed))
}

// returned reports that Returned lies above Sent, as it does in Ongoing's standard: harmless here, where roles are
// sets of numbers, but not for whoever reads "from Sent on".
func (m *mapping) returned(marks bool) {
	const name = "ongoing.returned"
	if m.roles == nil {
		m.r.skip(name, "the mapping does not resolve")
		return
	}
	sent, back := m.least(exchange.RoleSent), m.least(exchange.RoleReturned)
	switch {
	case back.Number < sent.Number:
		m.r.ok(name, "%s lies below %s", shown(back), shown(sent))
	case !marks:
		m.r.ok(name, "%s lies above %s; exchange orders are not marked with it (mark_returned: false)", shown(back), shown(sent))
	default:
		m.r.warn(name, "tradeback never compares numbers; if another integration or report takes all from Sent on as shipped, set exchanges.mark_returned: false, or ask the warehouse for a status of its own below Released",
			"%s lies above %s, and exchange orders that are yet to be sent are marked with it", shown(back), shown(sent))
	}
}

// least is the status of a role with the lowest number.
func (m *mapping) least(role exchange.Role) exchange.Status {
	var least exchange.Status
	for _, s := range m.orders {
		if m.roles[s.Number] == role && (least.Number == 0 || s.Number < least.Number) {
			least = s
		}
	}
	return least
}

// passing are the texts of statuses that an order goes through on its way, and that need no role.
var passing = []string{"error", "fel", "allocated", "allokerad", "allokert", "picked", "plockad", "plukket", "packed", "packad", "pakket"}

// unmapped reports statuses that orders of ours were seen with and that mean nothing to us.
func (m *mapping) unmapped() {
	const name = "ongoing.unmapped_statuses"
	if m.roles == nil || m.returns != nil && m.returnRoles == nil {
		m.r.skip(name, "the mapping does not resolve")
		return
	}
	odd := unmappedOf("order", m.seen.Orders, m.orders, m.roles, m.ongoing.OrderStatuses.Cancelled != nil)
	odd = append(odd, unmappedOf("return order", m.seen.Returns, m.returns, m.returnRoles, false)...)
	if odd == nil {
		m.r.ok(name, "none in the last %d exchanges and their webhooks", m.seen.Exchanges)
		return
	}
	m.wanting = true
	m.r.warn(name, "give each the role that it plays, if it plays one, and apply; without a role it is shown and changes nothing", "seen without a role: %s", list(odd))
}

func unmappedOf(what string, seen map[int]bool, have []exchange.Status, roles connection.StatusMap, cancelledNamed bool) (odd []string) {
	var numbers []int
	for n := range seen {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		s, known := named(n, have)
		cancelled := !cancelledNamed && is(s.Text, usualOf(exchange.RoleCancelled).texts) // known by its text
		if roles[n] != exchange.RoleNone || is(s.Text, passing) || cancelled || have == nil {
			continue
		}
		if !known {
			s.Text = "(not in the warehouse's list)"
		}
		odd = append(odd, what+" "+shown(s))
	}
	return odd
}

// born reports that the warehouse makes orders from the API as something else than Open.
func (m *mapping) born() {
	const name = "ongoing.born"
	const remedy = "ask the warehouse to let orders from the API (or of an order type of its own) begin as Open: until then picking may begin in the moment before tradeback sets it back"
	switch {
	case len(m.seen.Born) == 0 && len(m.seen.Started) == 0 && m.seen.Exchanges == 0:
		m.r.skip(name, "there is no exchange yet that would show how the warehouse makes orders from the API")
	case len(m.seen.Started) > 0:
		m.r.fault(name, remedy, "work began on %d exchange orders before they could be set to Open, the latest of exchange %s", len(m.seen.Started), m.seen.Started[0])
	case len(m.seen.Born) > 0:
		role := string(m.seen.Born[0].Role)
		if role == "" {
			role = "in a status without a role"
		}
		m.r.warn(name, remedy, "%d of the last %d exchange orders were not made as Open, the latest, of exchange %s, %s",
			len(m.seen.Born), m.seen.Exchanges, m.seen.Born[0].Exchange, role)
	default:
		m.r.ok(name, "the last %d exchanges' orders were made as Open", m.seen.Exchanges)
	}
}

// propose adds a mapping to the checks of the two lists, where something is wanting and it would be another one.
func (m *mapping) propose() {
	if !m.wanting {
		return
	}
	p := Propose(m.ongoing, m.orders, m.returns)
	at := slices.IndexFunc(m.r.checks, func(c Check) bool { return c.Name == "ongoing.order_statuses" })
	m.r.checks[at].Proposed = p.YAML()
}

func named(number int, have []exchange.Status) (exchange.Status, bool) {
	for _, s := range have {
		if s.Number == number {
			return s, true
		}
	}
	return exchange.Status{Number: number}, false
}

func is(text string, texts []string) bool {
	return slices.Contains(texts, strings.ToLower(strings.TrimSpace(text)))
}

func shown(s exchange.Status) string {
	if s.Text == "" {
		return strconv.Itoa(s.Number)
	}
	return strconv.Itoa(s.Number) + " " + s.Text
}
