package outbox

import (
	"sync"

	"github.com/tradeback/tradeback/internal/exchange"
)

// orders keep the acts that want a Shopify order for themselves apart from each other, and from reads of the
// shop: what is read beside such an act is of a moment that is gone when it becomes known. The zero value has
// none; it is safe for concurrent use.
type orders struct {
	mu   sync.Mutex
	held map[string]*order
}

type order struct {
	sync.RWMutex
	users int
}

// enter waits until e may go near its Shopify order, which is at most as long as another attempt takes. The
// caller calls leave at the end of its own.
func (o *orders) enter(e exchange.Effect) (leave func()) {
	reads := e.Kind == exchange.KindRead && e.Read.Target == exchange.ReadShop
	if e.ShopID == "" || !reads && !alone(e.Kind) {
		return func() {}
	}
	held := o.use(e.ShopID)
	if reads {
		held.RLock()
		return func() { held.RUnlock(); o.drop(e.ShopID) }
	}
	held.Lock()
	return func() { held.Unlock(); o.drop(e.ShopID) }
}

func (o *orders) use(id string) *order {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		o.held = map[string]*order{}
	}
	if o.held[id] == nil {
		o.held[id] = &order{}
	}
	o.held[id].users++
	return o.held[id]
}

func (o *orders) drop(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held[id].users--; o.held[id].users == 0 {
		delete(o.held, id)
	}
}
