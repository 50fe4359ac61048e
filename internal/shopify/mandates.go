package shopify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// mandateRefused is how long an app that may not see stored payment methods does not ask for them again.
const mandateRefused = time.Hour

// mandates remember whether the app may see stored payment methods at all: it is a scope that few have.
type mandates struct {
	mu   sync.Mutex
	from time.Time // not to be asked for before
}

// readMandates reads which stored payment methods of the order may be charged, where it owes anything beyond what is
// authorised. A shop that does not let us see them has none.
func (p *Peer) readMandates(ctx context.Context, shop *exchange.Shop) error {
	owes := shop.Outstanding.Minor > 0 || shop.Suggested != nil && shop.Suggested.Minor > 0
	p.mandates.mu.Lock()
	asks := owes && !p.now().Before(p.mandates.from)
	p.mandates.mu.Unlock()
	if !asks {
		return nil
	}
	data, _, err := shopifygql.OrderMandates(ctx, p.gql, shop.OrderID)
	if errors.Is(err, errDenied) {
		p.mandates.mu.Lock()
		defer p.mandates.mu.Unlock()
		p.mandates.from = p.now().Add(mandateRefused)
		return nil
	}
	if err != nil || data.Order == nil || data.Order.PaymentCollectionDetails == nil {
		return err
	}
	for _, m := range data.Order.PaymentCollectionDetails.VaultedPaymentMethods {
		shop.Mandates = append(shop.Mandates, m.Id)
	}
	return nil
}
