package connection

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// checkAddresses brings server, warehouse and shop into their short forms.
func (d *decoder) checkAddresses(c *Connection, at string, hosts allowed) {
	for _, address := range []struct {
		path  string
		value *string
		read  func(string) (string, error)
	}{
		{at + ".ongoing.server", &c.Ongoing.Server, hosts.server},
		{at + ".ongoing.warehouse", &c.Ongoing.Warehouse, hosts.warehouse},
		{at + ".shopify.shop", &c.Shopify.Shop, hosts.shop},
	} {
		if d.has(address.path) {
			continue
		}
		if *address.value == "" {
			d.fault(address.path, "is missing")
			continue
		}
		short, err := address.read(*address.value)
		if err != nil {
			d.fault(address.path, "%s", err)
			continue
		}
		*address.value = short
	}
}

// checkStatuses reports a status that plays two roles, or one role twice.
func (d *decoder) checkStatuses(c Connection, at string) {
	d.checkRoles(c.Ongoing.OrderStatuses.Roles(), at+".ongoing.order_statuses")
	d.checkRoles(c.Ongoing.ReturnOrderStatuses.Roles(), at+".ongoing.return_order_statuses")
}

func (d *decoder) checkRoles(roles []RoleSet, at string) {
	taken := map[string]exchange.Role{}
	for _, role := range roles {
		for i, name := range role.Names {
			key := strings.ToLower(strings.TrimSpace(name))
			if other, ok := taken[key]; ok && key != "" {
				d.fault(fmt.Sprintf("%s.%s[%d]", at, role.Role, i), "the status %s already stands for %s", name, other)
			}
			taken[key] = role.Role
		}
	}
}

// checkCredentials reports credentials of Shopify that are missing, or there in both kinds.
func (d *decoder) checkCredentials(s Shopify, at string) {
	at += ".shopify"
	if d.has(at+".access_token") || d.has(at+".client_id") || d.has(at+".client_secret") {
		return
	}
	token, client := !s.AccessToken.IsZero(), s.ClientID != "" || !s.ClientSecret.IsZero()
	switch {
	case token && client:
		d.fault(at+".access_token", "give either access_token, or client_id and client_secret, not both")
	case !token && !client:
		d.fault(at+".access_token", "is missing: give access_token, or client_id and client_secret")
	case client && s.ClientID == "":
		d.fault(at+".client_id", "is missing beside client_secret")
	case client && s.ClientSecret.IsZero():
		d.fault(at+".client_secret", "is missing beside client_id")
	}
}

// checkSlots reports a second slot that holds the same as the first: changing it would change nothing.
func (d *decoder) checkSlots(c Connection, at string) {
	if ts := c.Ongoing.WebhookTokens; len(ts) == 2 && !ts[0].IsZero() && ts[0].Equal(ts[1]) {
		d.fault(at+".ongoing.webhook_tokens[1]", "is the same as the first")
	}
	d.checkDistinct(c.Shopify.WebhookSecrets, at+".shopify.webhook_secrets")
	if c.Portal != nil {
		d.checkDistinct(c.Portal.WebhookSecrets, at+".portal.webhook_secrets")
	}
}

func (d *decoder) checkDistinct(secrets []Secret, at string) {
	if len(secrets) == 2 && !secrets[0].IsZero() && secrets[0].Equal(secrets[1]) {
		d.fault(at+"[1]", "is the same as the first")
	}
}

// checkExchanges reports settings that do not go together, and templates that cannot be filled.
func (d *decoder) checkExchanges(c Connection, at string) {
	e := c.Exchanges
	at += ".exchanges"
	if c.Portal == nil && !d.has(at+".release_on") && (e.ReleaseOn == exchange.OnReturnClosed || e.ReleaseOn == exchange.OnBoth) {
		d.fault(at+".release_on", "nobody says that a return is closed without a portal: must be return_order or either")
	}
	if e.Deposit == exchange.DepositFullValue && e.Payment != exchange.SecureBeforeRelease {
		d.fault(at+".deposit", "full_value needs payment: secure_before_release")
	}
	if e.AfterDeadline == exchange.AfterDeadlineCharge && e.Payment == exchange.PaymentNone {
		d.fault(at+".after_deadline", "charge needs a payment other than none")
	}
	if e.AfterDeadline == exchange.AfterDeadlineCharge && !e.ProcessReturn {
		d.fault(at+".after_deadline", "charge needs process_return: true: the order owes the value of the goods while their return lines are not processed")
	}
	d.checkLimits(e.Limits, at+".limits")
	d.checkTemplate(e.Number, at+".number", "{order}", "{n}")
	d.checkTemplate(e.ReturnNumber, at+".return_number", "{order}", "{n}")
	for i, t := range e.OriginalOrder {
		d.checkTemplate(t, fmt.Sprintf("%s.original_order[%d]", at, i))
	}
}

// checkLimits reports amounts that are none in their currency, limits that limit nothing, and a second one for a currency.
func (d *decoder) checkLimits(limits []Limit, at string) {
	taken := map[string]bool{}
	for i, l := range limits {
		at := fmt.Sprintf("%s[%d]", at, i)
		if d.has(at + ".currency") {
			continue
		}
		if taken[l.Currency] {
			d.fault(at+".currency", "there is a limit for %s already", l.Currency)
		}
		taken[l.Currency] = true
		if l.Act == "" && l.Day == "" {
			d.fault(at, "limits nothing: give act, day, or both")
		}
		act, err := minor(l.Act, l.Currency)
		if err != nil && !d.has(at+".act") {
			d.fault(at+".act", "must be an amount above zero, with no more decimals than %s has", l.Currency)
		}
		day, err := minor(l.Day, l.Currency)
		switch {
		case d.has(at + ".day"):
		case err != nil:
			d.fault(at+".day", "must be an amount above zero, with no more decimals than %s has", l.Currency)
		case act > 0 && day > 0 && day < act:
			d.fault(at+".day", "is less than one act may move")
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}?`)

// checkTemplate reports placeholders that do not exist, and those of needed that are not there. {n} has a
// meaning only where it is needed; {order_without_hash} may stand for {order}.
func (d *decoder) checkTemplate(template, at string, needed ...string) {
	if d.has(at) {
		return
	}
	known := append([]string{"{order}", "{order_without_hash}"}, needed...)
	found := map[string]bool{}
	for _, p := range placeholder.FindAllString(template, -1) {
		found[p] = true
		if !slices.Contains(known, p) {
			d.fault(at, "there is no placeholder %s here", p)
			return
		}
	}
	if needed == nil && !found["{order}"] && !found["{order_without_hash}"] {
		d.fault(at, "must contain {order} or {order_without_hash}")
	}
	for _, p := range needed {
		given := found[p] || p == "{order}" && found["{order_without_hash}"]
		if !given {
			d.fault(at, "must contain %s, so that every number is another", p)
		}
	}
}

// checkUnique reports two connections under one name, and two on one goods owner: each would take the
// other's events for its own.
func (d *decoder) checkUnique(all []Connection) {
	names, owners := map[exchange.Conn]int{}, map[string]int{}
	for i, c := range all {
		at := fmt.Sprintf("connections[%d]", i)
		if first, ok := names[c.Name]; ok && c.Name != "" {
			d.fault(at+".name", "another connection has this name already, on line %d", d.line(fmt.Sprintf("connections[%d].name", first)))
		} else {
			names[c.Name] = i
		}
		owner, known := c.goodsOwner()
		if first, ok := owners[owner]; ok && known {
			d.fault(at+".ongoing.goods_owner_id", "another connection has this goods owner already, on line %d", d.line(fmt.Sprintf("connections[%d].ongoing.goods_owner_id", first)))
		} else {
			owners[owner] = i
		}
	}
}

// goodsOwner names the goods owner among all of Ongoing's systems, if c says enough.
func (c Connection) goodsOwner() (string, bool) {
	known := c.Ongoing.Server != "" && c.Ongoing.Warehouse != "" && c.Ongoing.GoodsOwnerID != 0
	return fmt.Sprintf("%s goods owner %d", strings.ToLower(c.OngoingURL()), c.Ongoing.GoodsOwnerID), known
}
