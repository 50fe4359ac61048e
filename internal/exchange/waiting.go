package exchange

import (
	"slices"
	"time"
)

// Waiting is an unmet condition, in words, since when it is waited for, and what would satisfy it.
type Waiting struct {
	Condition string    `json:"condition"`
	Since     time.Time `json:"since"`
	By        string    `json:"satisfied_by"`
}

// Waiting says why the exchange is where it is: the unmet conditions of the rules that lead on from its
// stage, and the acts that have no outcome yet. A final stage waits for nothing else: goods that are put back into
// stock, what is taken back of a cancelled exchange.
func (x *Exchange) Waiting() []Waiting {
	since := x.Entered()
	var out []Waiting
	add := func(list ...Waiting) {
		for _, n := range list {
			if !slices.ContainsFunc(out, func(w Waiting) bool { return w.Condition == n.Condition }) {
				out = append(out, n)
			}
		}
	}
	for _, a := range x.Asked {
		if x.moved(a.ID) == nil && a.Kind != KindTimer {
			add(Waiting{"outcome of " + string(a.Kind), a.At, answers[a.Kind.Peer()]})
		}
	}
	if x.Stage.Final() {
		return out
	}
	if x.awaitsPayment() {
		add(invoicePaid.unmet(x, x.moved(x.attempt(SendInvoice, invoiceOf(x.claim()))).At)...)
	}
	if x.awaitsPortal() {
		add(Waiting{"lines processed by the portal (`process_return: false`)", since, "the return portal processes the lines of the return in Shopify"})
	}
	for _, r := range rules {
		if !leadsOn(r, x) {
			continue
		}
		add(r.When.unmet(x, since)...)
	}
	return out
}

// answers satisfy who waits for the outcome of an act.
var answers = map[PeerName]string{PeerOngoing: "Ongoing's answer to it", PeerShopify: "Shopify's answer to it"}

// leadsOn reports whether r is on the way of a normal exchange from where x stands; cancellations are not.
func leadsOn(r Rule, x *Exchange) bool {
	switch {
	case !slices.Contains(r.From, x.Stage):
		return false
	case r.To == "":
		return x.Stage == Requested && r.Ask.name == placeOrders.name && !x.asked(PlaceOrder) ||
			x.Stage == Sent && r.Ask.name == process.name && x.Policy.ProcessReturn && !x.asked(Process) ||
			x.Stage == Sent && r.Ask.name == fulfill.name && processed.Holds(x) && !x.allFulfilled() && !x.pending(Fulfill)
	}
	switch r.To {
	case Cancelling, Cancelled:
		return x.Stage == Cancelling
	case Released:
		if r.Raise != "" {
			return false
		}
		return x.Instant() == slices.Contains(partsOf(r.When), instant.name)
	case Returned:
		return !x.Instant()
	case Requested:
		return x.matching()
	default:
		return true
	}
}

func partsOf(c Condition) []string {
	out := []string{c.name}
	for _, p := range c.parts {
		out = append(out, partsOf(p)...)
	}
	return out
}
