package shopify

import (
	"context"
	"sync"
	"time"

	"github.com/Khan/genqlient/graphql"

	"github.com/tradeback/tradeback/api/shopifygql"
)

// How long an article number is believed, and how many are.
const (
	articleLife  = time.Hour
	mostArticles = 1000
)

// articles says what a variant is called in the warehouse, as the connection wants it.
type articles struct {
	gql            graphql.Client
	now            func() time.Time
	from           string // sku or barcode; empty: the metafield
	namespace, key string

	mu    sync.Mutex
	known map[string]knownArticle
}

type knownArticle struct {
	number string
	until  time.Time
}

// of is the article number of a variant, empty if it has none. sku is what the line itself says.
func (a *articles) of(ctx context.Context, variantID, sku string) (string, error) {
	if a.from == "sku" && sku != "" {
		return sku, nil
	}
	if variantID == "" { // the variant was deleted, or the line never had one
		return "", nil
	}
	a.mu.Lock()
	k, kept := a.known[variantID]
	a.mu.Unlock()
	if kept && a.now().Before(k.until) {
		return k.number, nil
	}
	number, err := a.ask(ctx, variantID)
	if err != nil || number == "" { // a number that is missing may be added any time
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) >= mostArticles {
		clear(a.known)
	}
	a.known[variantID] = knownArticle{number, a.now().Add(articleLife)}
	return number, nil
}

func (a *articles) ask(ctx context.Context, variantID string) (string, error) {
	if a.from == "" {
		data, _, err := shopifygql.VariantMetafield(ctx, a.gql, variantID, a.namespace, a.key)
		if err != nil || data.ProductVariant == nil || data.ProductVariant.Metafield == nil {
			return "", err
		}
		return data.ProductVariant.Metafield.Value, nil
	}
	data, _, err := shopifygql.VariantArticle(ctx, a.gql, variantID)
	if err != nil || data.ProductVariant == nil {
		return "", err
	}
	if a.from == "barcode" {
		return textOf(data.ProductVariant.Barcode), nil
	}
	return textOf(data.ProductVariant.Sku), nil
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
