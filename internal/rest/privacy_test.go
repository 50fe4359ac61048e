package rest_test

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/store"
)

func TestPrivacyRequestsAreListed(t *testing.T) {
	h := open(t, false)
	admin := h.book.key(t, "admin", connection.ScopeAdmin)
	doc, asked, err := privacy.Asked(store.Item{
		ID: "ev_1", Conn: "nordwear", Kind: store.Event, Source: "shopify", Topic: privacy.CustomerRedact, Received: time.Now(),
	})
	if err != nil || !asked {
		t.Fatalf("asked %t, %v", asked, err)
	}
	if err := h.store.Put(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	got := into[list[privacy.Record]](h.ask("GET", "/v1/privacy?connection=nordwear", "", admin).want(200))
	if len(got.Data) != 1 || got.Data[0].Event != "ev_1" || got.Data[0].Topic != privacy.CustomerRedact || !got.Data[0].Done.IsZero() {
		t.Errorf("listed %+v", got.Data)
	}
	h.ask("GET", "/v1/privacy?connection=nordwear", "", h.writer).want(403)
	h.ask("GET", "/v1/privacy", "", admin).want(422)
}
