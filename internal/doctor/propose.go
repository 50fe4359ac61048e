package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

// usual are the texts by which a role is known, in English, Swedish, Norwegian and Danish, and its number in Ongoing's
// standard: the number counts only where no text does.
var usual = []custom{
	{exchange.RoleOpen, []string{"open", "öppen", "åpen", "åben"}, 200},
	{exchange.RoleReturned, []string{"returned", "return", "returnerad", "retur", "returnert", "returneret"}, 800},
	{exchange.RoleReleased, []string{"released", "frisläppt", "frigitt", "frigivet"}, 300},
	{exchange.RoleSent, append([]string{"sent", "shipped", "skickad", "sendt"}, collected...), 450},
	{exchange.RoleCancelled, []string{"cancelled", "canceled", "makulerad", "annullerad", "kansellert", "annulleret"}, 1000},
	{exchange.RoleNotified, []string{"notified", "announced", "aviserad", "avisert", "adviseret"}, 0},
}

// custom is how a role's status is usually called and numbered.
type custom struct {
	role   exchange.Role
	texts  []string
	number int
}

func usualOf(role exchange.Role) custom {
	for _, u := range usual {
		if u.role == role {
			return u
		}
	}
	return custom{}
}

// Proposal is a mapping that a warehouse's own statuses suggest.
type Proposal struct {
	Orders  connection.OrderStatuses
	Returns connection.ReturnOrderStatuses
	// Unclear are the roles for which no status was found.
	Unclear []string
}

// Propose makes a mapping: what the merchant has named and the warehouse has stays, and what the usual texts name is
// added.
func Propose(c connection.Ongoing, orders, returns []exchange.Status) Proposal {
	var p Proposal
	o, had := &p.Orders, c.OrderStatuses
	p.fill("order_statuses", proposer{have: orders, numbered: true}, []role{
		{exchange.RoleOpen, &o.Open, had.Open},
		{exchange.RoleReturned, &o.Returned, had.Returned},
		{exchange.RoleReleased, &o.Released, had.Released},
		{exchange.RoleSent, &o.Sent, had.Sent},
		{exchange.RoleCancelled, &o.Cancelled, had.Cancelled},
	})
	if returns == nil { // they could not be read
		p.Returns = c.ReturnOrderStatuses
		return p
	}
	p.fill("return_order_statuses", proposer{have: returns}, []role{
		{exchange.RoleNotified, &p.Returns.Notified, c.ReturnOrderStatuses.Notified},
		{exchange.RoleReturned, &p.Returns.Returned, c.ReturnOrderStatuses.Returned},
	})
	return p
}

// role is a role with the set that it is to be given, and the one it had.
type role struct {
	name exchange.Role
	set  *connection.StatusSet
	had  connection.StatusSet
}

func (p *Proposal) fill(list string, of proposer, roles []role) {
	of.taken = map[int]bool{}
	for _, r := range roles { // what the merchant has named goes to no other role
		for _, s := range of.namedBy(r.had) {
			of.taken[s.Number] = true
		}
	}
	for _, r := range roles {
		if *r.set = of.set(r.name, r.had); *r.set == nil {
			p.Unclear = append(p.Unclear, list+"."+string(r.name))
		}
	}
}

// proposer finds statuses for roles, each for one.
type proposer struct {
	have     []exchange.Status
	taken    map[int]bool
	numbered bool // Ongoing's standard has numbers for these
}

func (p *proposer) namedBy(names connection.StatusSet) (found []exchange.Status) {
	for _, s := range p.have {
		if slices.ContainsFunc(names, func(name string) bool {
			return name == strconv.Itoa(s.Number) || strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(s.Text))
		}) {
			found = append(found, s)
		}
	}
	return found
}

func (p *proposer) set(role exchange.Role, had connection.StatusSet) connection.StatusSet {
	found := p.namedBy(had)
	its := usualOf(role)
	for _, s := range p.have {
		if !p.taken[s.Number] && is(s.Text, its.texts) {
			found = append(found, s)
		}
	}
	for _, s := range p.have {
		if found == nil && p.numbered && !p.taken[s.Number] && s.Number == its.number {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b exchange.Status) int { return a.Number - b.Number })
	var names connection.StatusSet
	for _, s := range found {
		p.taken[s.Number] = true
		if name := p.name(s); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// name is the text of a status, or its number where another bears the same text or there is none.
func (p *proposer) name(s exchange.Status) string {
	same := 0
	for _, other := range p.have {
		if strings.EqualFold(strings.TrimSpace(other.Text), strings.TrimSpace(s.Text)) {
			same++
		}
	}
	if same > 1 || strings.TrimSpace(s.Text) == "" {
		return strconv.Itoa(s.Number)
	}
	return strings.TrimSpace(s.Text)
}

// YAML is the proposal as it stands in connections.yaml, under ongoing.
func (p Proposal) YAML() string {
	var b strings.Builder
	write := func(key string, roles []connection.RoleSet) {
		var sets []string
		for _, r := range roles {
			names := make([]string, len(r.Names))
			for i, n := range r.Names {
				names[i] = quoted(n)
			}
			sets = append(sets, fmt.Sprintf("%s: [%s]", r.Role, strings.Join(names, ", ")))
		}
		fmt.Fprintf(&b, "%s: {%s}\n", key, strings.Join(sets, ", "))
	}
	write("order_statuses", p.Orders.Roles())
	write("return_order_statuses", p.Returns.Roles())
	for _, u := range p.Unclear {
		fmt.Fprintf(&b, "# %s: no status of the warehouse has a usual text for it; choose one\n", u)
	}
	return b.String()
}

// plain is text that YAML takes as it is.
var plain = regexp.MustCompile(`^(\p{L}[\p{L}\p{N} _-]*|[0-9]+)$`)

func quoted(text string) string {
	if plain.MatchString(text) && !is(text, []string{"true", "false", "null", "yes", "no", "on", "off"}) {
		return text
	}
	return strconv.Quote(text)
}
