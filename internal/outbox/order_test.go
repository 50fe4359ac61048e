package outbox

import (
	"runtime"
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

// users is how many are at an order, or wait to be.
func (o *orders) users(id string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held[id] == nil {
		return 0
	}
	return o.held[id].users
}

func TestAnActThatChangesAnOrderIsAloneWithIt(t *testing.T) {
	const id = "gid://shopify/Order/1"
	read := exchange.Effect{Kind: exchange.KindRead, ShopID: id, Read: &exchange.ReadAsk{Target: exchange.ReadShop}}
	capture := exchange.Effect{Kind: exchange.Capture, ShopID: id}
	release := exchange.Effect{Kind: exchange.Release, ShopID: id}
	for _, c := range []struct {
		name          string
		before, after exchange.Effect
		waits         bool
	}{
		{"a capture waits for a read", read, capture, true},
		{"a read waits for a capture", capture, read, true},
		{"captures wait for each other", capture, capture, true},
		{"reads do not wait for each other", read, read, false},
		{"what is Ongoing's business waits for nobody", capture, release, false},
		{"other orders have nothing to do with it", capture, exchange.Effect{Kind: exchange.Capture, ShopID: id + "2"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o orders
			var happened []string
			leave := o.enter(c.before)
			entered := make(chan struct{})
			go func() {
				next := o.enter(c.after)
				happened = append(happened, "entered")
				next()
				close(entered)
			}()
			if c.waits {
				for o.users(id) < 2 {
					runtime.Gosched()
				}
				happened = append(happened, "left")
				leave()
				<-entered
			} else {
				<-entered
				happened = append(happened, "left")
				leave()
			}
			want := []string{"entered", "left"}
			if c.waits {
				want = []string{"left", "entered"}
			}
			if !slices.Equal(happened, want) || len(o.held) != 0 {
				t.Errorf("%v, %d orders held; want %v and none", happened, len(o.held), want)
			}
		})
	}
}
