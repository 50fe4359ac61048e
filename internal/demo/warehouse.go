package demo

import (
	"context"
	"net/url"
	"strconv"

	"github.com/tradeback/tradeback/internal/sim"
)

// The warehouse of every story, and how tradeback is known there.
const (
	ongoingSystem   = "nordlager" // what a simulated Ongoing is called unless told otherwise
	goodsOwnerID    = 42
	ongoingUser     = "WSIdemo"
	ongoingPassword = "demo-ongoing-password"
	webhookToken    = "demo-ongoing-webhook-token-0123456789"
)

// The numbers of Ongoing's standard statuses that stories speak of.
const (
	statusError     = 150
	statusOpen      = 200
	statusReleased  = 300
	statusPicking   = 320
	statusSent      = 450
	statusCollected = 500
	statusReturned  = 800
	statusCancelled = 1000
)

// warehouse is the simulated Ongoing, by the door through which its staff act.
type warehouse struct{ caller }

// furnish sets up the goods owner, its articles, and the webhooks to tradeback.
func (w *warehouse) furnish(ctx context.Context, doors string, articles []string) error {
	owner := sim.GoodsOwner{
		ID: goodsOwnerID, Name: "Nordwear AB", Articles: articles,
		Users: []sim.OngoingUser{{Username: ongoingUser, Password: ongoingPassword}},
	}
	if err := w.post(ctx, "/control/goods-owners", owner, nil); err != nil {
		return err
	}
	type hook map[string]any
	at := doors + "/webhooks/ongoing/" + connectionName
	return w.post(ctx, "/control/webhooks", []hook{
		{"kind": "orders", "url": at, "token": webhookToken, "policy": "one_day", "goods_owner_id": goodsOwnerID},
		{"kind": "return_orders", "url": at, "token": webhookToken, "policy": "one_day", "goods_owner_id": goodsOwnerID},
	}, nil)
}

// shipped makes an order that the warehouse sent before the story begins: one line for each article.
func (w *warehouse) shipped(ctx context.Context, number string, what []piece) error {
	lines := []map[string]any{}
	for i, p := range what {
		lines = append(lines, map[string]any{
			"rowNumber": strconv.Itoa(i + 1), "articleNumber": p.sku, "numberOfItems": p.n,
		})
	}
	return w.post(ctx, "/control/orders", map[string]any{"ship": true, "order": map[string]any{
		"goodsOwnerId": goodsOwnerID, "orderNumber": number, "orderLines": lines,
		"consignee":         map[string]any{"name": "Astrid Berg", "address1": "Storgatan 12", "postCode": "111 23", "city": "Stockholm", "countryCode": "SE"},
		"emailNotification": map[string]any{"toBeNotified": true, "value": "astrid@example.com"},
		"wayOfDelivery":     map[string]any{"code": "MYPACK", "name": "MyPack Collect"},
	}}, nil)
}

// receive books in what a customer sent back: all that the return order announces.
func (w *warehouse) receive(ctx context.Context, returnNumber string) error {
	return w.post(ctx, "/control/return-orders/receive?number="+url.QueryEscape(returnNumber), map[string]any{}, nil)
}

// receiveLines books in part of it, or what is broken: returned and scrapped pieces by row.
func (w *warehouse) receiveLines(ctx context.Context, returnNumber string, lines map[string]any) error {
	return w.post(ctx, "/control/return-orders/receive?number="+url.QueryEscape(returnNumber), map[string]any{"lines": lines}, nil)
}

// shipLines sends so many pieces of the rows named, in a parcel of their own.
func (w *warehouse) shipLines(ctx context.Context, number string, lines map[string]int) error {
	return w.post(ctx, "/control/orders/ship?number="+url.QueryEscape(number), map[string]any{"lines": lines, "tracking": true}, nil)
}

// trackAndTell gives what was sent its tracking numbers. No webhook tells of that; a change of status that means nothing
// makes tradeback read.
func (w *warehouse) trackAndTell(ctx context.Context, number string) error {
	if err := w.track(ctx, number); err != nil {
		return err
	}
	return w.set(ctx, number, statusCollected)
}

// ship picks, packs and sends an order. Its parcels have their tracking numbers then, or only after track.
func (w *warehouse) ship(ctx context.Context, number string, tracking bool) error {
	return w.post(ctx, "/control/orders/ship?number="+url.QueryEscape(number), map[string]any{"tracking": tracking}, nil)
}

func (w *warehouse) track(ctx context.Context, number string) error {
	return w.post(ctx, "/control/orders/track?number="+url.QueryEscape(number), map[string]any{}, nil)
}

// set gives an order a status, as staff may at any time.
func (w *warehouse) set(ctx context.Context, number string, status int) error {
	return w.post(ctx, "/control/orders/status?number="+url.QueryEscape(number), map[string]any{"number": status}, nil)
}

func (w *warehouse) ledger(ctx context.Context) (l sim.OngoingLedger, err error) {
	return l, w.get(ctx, "/control/ledger", &l)
}
