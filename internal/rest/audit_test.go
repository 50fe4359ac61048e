package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/rest"
)

func TestWhatAKeyDoesIsInTheAuditChain(t *testing.T) {
	h := open(t, true)
	admin := h.book.key(t, "admin", connection.ScopeAdmin)
	x := into[rest.Exchange](h.create("one", ofReturn).want(201)).ID
	h.create("one", ofReturn).want(200) // a repeat is no action
	h.ask("POST", "/v1/exchanges/"+string(x)+"/cancel", `{"reason": "secret-free text of somebody"}`, h.writer).want(200)
	h.ask("POST", "/v1/exchanges/"+string(x)+"/accept", `{"reason": "nothing to accept"}`, h.writer).want(409) // nothing was kept

	h.ask("GET", "/v1/audit?connection=nordwear", "", h.writer).want(403)
	got := into[list[audit.Linked]](h.ask("GET", "/v1/audit?connection=nordwear", "", admin).want(200))
	if len(got.Data) != 2 || got.Next != "" {
		t.Fatalf("%d entries, next %q: %+v", len(got.Data), got.Next, got.Data)
	}
	cancel, create := got.Data[0], got.Data[1]
	if cancel.Action != "exchanges.cancel" || cancel.Target != string(x) || cancel.By != "api" || cancel.Name != "writer" || !strings.HasPrefix(cancel.Event, "ev_") ||
		len(cancel.Changes) != 1 || cancel.Changes[0] != (audit.Change{Field: "stage", Before: "requested", After: "cancelling"}) || cancel.Number != 2 {
		t.Errorf("the cancellation is kept as %+v", cancel)
	}
	if create.Action != "exchanges.create" || create.Target != "gid://shopify/Return/9" || create.Connection != "nordwear" || create.At.IsZero() {
		t.Errorf("the request is kept as %+v", create)
	}
	if strings.Contains(fmt.Sprint(got), "somebody") {
		t.Error("the chain holds a free text")
	}
	first := into[list[audit.Linked]](h.ask("GET", "/v1/audit?connection=nordwear&limit=1", "", admin).want(200))
	second := into[list[audit.Linked]](h.ask("GET", "/v1/audit?connection=nordwear&limit=1&after="+first.Next, "", admin).want(200))
	if len(first.Data) != 1 || first.Data[0].Number != 2 || len(second.Data) != 1 || second.Data[0].Number != 1 || second.Next != "" {
		t.Errorf("pages %+v and %+v", first, second)
	}
	if own := into[list[audit.Linked]](h.ask("GET", "/v1/audit", "", admin).want(200)); len(own.Data) != 0 {
		t.Errorf("what belongs to no connection: %+v", own.Data)
	}
	h.ask("GET", "/v1/audit?after=x", "", admin).want(422)
	h.ask("GET", "/v1/audit?stage=open", "", admin).want(422)
}
