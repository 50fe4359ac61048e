package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// ShopBucket holds what is kept of a shop in its connection's shard: the token, and the webhook subscriptions.
const ShopBucket = "shopify"

const shopTokenKey = "token"

// ShopToken is an access token that client credentials have got.
type ShopToken struct {
	Access  Secret
	Expires time.Time
	Granted time.Time
}

// storedToken is a ShopToken as it lies in the store.
type storedToken struct {
	Sealed  string    `json:"sealed"`
	Mark    string    `json:"mark"` // of the credentials that it was got with
	Expires time.Time `json:"expires"`
	Granted time.Time `json:"granted"`
}

// LoadShopToken is the token that was saved last for c's credentials; the zero ShopToken if there is none. One that
// was got with other credentials, or sealed with another key, is none.
func LoadShopToken(ctx context.Context, docs Reader, s *Sealer, c Connection) (ShopToken, error) {
	kept, _, err := shopToken(ctx, docs, c.Name)
	if err != nil || kept.Mark != s.CredentialsMark(c, exchange.PeerShopify) {
		return ShopToken{}, err
	}
	text, err := s.open(kept.Sealed, row(c.Name, "shopify.token"))
	if err != nil {
		return ShopToken{}, nil //nolint:nilerr // what cannot be opened is got anew
	}
	return ShopToken{Access: NewSecret(text), Expires: kept.Expires, Granted: kept.Granted}, nil
}

// SaveShopToken keeps a token, sealed, in the stead of the one before.
//
// Errors: store.ErrConflict when others save again and again.
func SaveShopToken(ctx context.Context, docs Docs, s *Sealer, c Connection, t ShopToken) error {
	body, err := json.Marshal(storedToken{
		Sealed: s.seal(t.Access.Reveal(), row(c.Name, "shopify.token")), Mark: s.CredentialsMark(c, exchange.PeerShopify),
		Expires: t.Expires.UTC(), Granted: t.Granted.UTC(),
	})
	if err != nil {
		return err
	}
	for range 5 {
		var version uint64
		if _, version, err = shopToken(ctx, docs, c.Name); err != nil {
			return err
		}
		put := store.Put{Doc: store.Doc{Conn: c.Name, Bucket: ShopBucket, Key: shopTokenKey, Version: version, Body: body}}
		var results []error
		if results, err = docs.Apply(ctx, []store.Op{put}); err == nil {
			err = results[0]
		}
		if !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("keep the access token of %s: %w", c.Name, err)
	}
	return nil
}

func shopToken(ctx context.Context, docs Reader, c exchange.Conn) (t storedToken, version uint64, err error) {
	found, err := docs.Docs(ctx, c, ShopBucket, "", 50)
	if err != nil {
		return t, 0, fmt.Errorf("load the access token of %s: %w", c, err)
	}
	for _, d := range found {
		if d.Key != shopTokenKey {
			continue
		}
		if err := json.Unmarshal(d.Body, &t); err != nil {
			return t, d.Version, fmt.Errorf("read the access token of %s: %w", c, err)
		}
		return t, d.Version, nil
	}
	return t, 0, nil
}

// ShopifyVersionEnds is until when Shopify supports ShopifyVersion at least: a year from its release.
func ShopifyVersionEnds() time.Time {
	released, err := time.Parse("2006-01", ShopifyVersion)
	if err != nil {
		panic("connection: ShopifyVersion is no year and month")
	}
	return released.AddDate(1, 0, 0)
}
