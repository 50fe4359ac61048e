package connection_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
)

func TestAShopTokenIsKeptSealedForItsCredentials(t *testing.T) {
	docs, s := newMemory(), sealer(t, 'a')
	c := connection.Connection{Name: "nordwear"}
	c.Shopify.Shop, c.Shopify.ClientID, c.Shopify.ClientSecret = "nordwear.myshopify.com", "id", connection.NewSecret("secret")
	if got, err := connection.LoadShopToken(t.Context(), docs, s, c); err != nil || !got.Access.IsZero() {
		t.Fatalf("before the first: %v, %v", got, err)
	}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, text := range []string{"shpat_one", "shpat_two"} {
		if err := connection.SaveShopToken(t.Context(), docs, s, c, connection.ShopToken{Access: connection.NewSecret(text), Expires: at.Add(24 * time.Hour), Granted: at}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := connection.LoadShopToken(t.Context(), docs, s, c)
	if err != nil || got.Access.Reveal() != "shpat_two" || !got.Expires.Equal(at.Add(24*time.Hour)) || !got.Granted.Equal(at) {
		t.Errorf("loaded %+v, %v; want the last one", got, err)
	}
	kept, err := docs.Docs(t.Context(), "nordwear", connection.ShopBucket, "", 10)
	if err != nil || len(kept) != 1 || bytes.Contains(kept[0].Body, []byte("shpat_")) {
		t.Errorf("kept %d documents, %v; want one that shows no token", len(kept), err)
	}
	c.Shopify.ClientSecret = connection.NewSecret("another")
	if got, err := connection.LoadShopToken(t.Context(), docs, s, c); err != nil || !got.Access.IsZero() {
		t.Errorf("with other credentials: %v, %v; want none", got, err)
	}
}

func TestTheVersionOfTheAPIEndsAYearAfterItsRelease(t *testing.T) {
	if got, want := connection.ShopifyVersionEnds(), time.Date(2027, 10, 1, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("%s, want %s", got, want)
	}
}
