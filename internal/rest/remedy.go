package rest

import (
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Remedy is something that a person may do about an exchange now.
type Remedy struct {
	What    string `json:"what"`
	Command string `json:"command"`
	Request string `json:"request"` // the same by the API; empty: the command line alone can
}

// remedies are what a person may do about x as it stands.
func remedies(x *exchange.Exchange, served bool, items []store.Item) []Remedy {
	out := []Remedy{}
	self := "/v1/exchanges/" + string(x.ID)
	of := "tradeback exchanges %s " + string(x.ID)
	const reason = ` --reason "…"`
	if !served && !x.Stage.Final() {
		out = append(out, Remedy{"have the connection served: nothing moves until it is, and is switched on", "tradeback serve", ""})
	}
	for _, it := range items {
		if it.State != store.Dead {
			continue
		}
		named := it.Topic
		if it.Kind == store.Event {
			named = "the event " + it.Topic
		}
		for _, verb := range []string{"retry", "discard"} {
			what := "have " + named + " tried again, once its cause is mended"
			if verb == "discard" {
				what = "give " + named + " up, once it was finished by hand"
			}
			out = append(out, Remedy{what, fmt.Sprintf("tradeback dead %s %s --connection %s%s", verb, quoted(it.ID), x.Connection, reason), "POST /v1/dead/" + verb})
		}
	}
	if x.Acceptable() {
		out = append(out, Remedy{"accept what came back of the return", fmt.Sprintf(of, "accept") + reason, "POST " + self + "/accept"})
	}
	for _, d := range []struct {
		as   exchange.Decision
		what string
	}{
		{exchange.PaidElsewhere, "say that the money was moved outside of Shopify"},
		{exchange.WrittenOff, "say that the money is not asked for any more"},
		{exchange.CollectAgain, "have it collected again, once the cause is mended"},
	} {
		if x.Settles() && x.CannotSettle(exchange.Said{What: d.as}) == "" {
			out = append(out, Remedy{d.what, fmt.Sprintf(of, "settle") + " --as " + string(d.as) + reason, "POST " + self + "/settle"})
		}
	}
	switch x.Stage {
	case exchange.Requested, exchange.Open, exchange.Returned, exchange.Released:
		out = append(out, Remedy{"call it off", fmt.Sprintf(of, "cancel") + reason, "POST " + self + "/cancel"})
	}
	if !x.Stage.Final() {
		out = append(out, Remedy{
			"compare it with Ongoing and Shopify now, and have what has moved read anew",
			fmt.Sprintf("tradeback reconcile --connection %s --exchange %s", x.Connection, x.ID), "",
		})
	}
	return out
}

// quoted is text as a shell takes it for one word.
func quoted(text string) string {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:+=@") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
