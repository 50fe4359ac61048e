// Package webhooks is the doors: what Ongoing, the return portal and Shopify post to us is verified,
// decoded, kept, and answered. 200 says that an event is kept, not that it is handled.
package webhooks

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/store"
)

// Book finds a connection by the name in a webhook's URL.
type Book interface {
	Get(name exchange.Conn) (connection.Connection, bool)
}

// Receiver keeps events. Both return when the event is durable, or is known not to be.
type Receiver interface {
	// Receive keeps an event once. Errors: store.DuplicateError when its dedupe key is known.
	Receive(ctx context.Context, ev store.Item) error
	// ReceiveStrict also refuses another body under a known key, as store.ErrMismatch.
	ReceiveStrict(ctx context.Context, ev store.Item) error
}

// Options are what a door needs besides a book and a store.
type Options struct {
	Now func() time.Time
	IDs *ident.Maker
	// Rate is how fast one connection's senders may speak, at each door. The zero Rate: as fast as they like.
	Rate limit.Rate
	// Patience is how long the store may take to keep an event; then the sender is told to try again. 0
	// means 4 s: Shopify waits for 5.
	Patience time.Duration
	// Count is told the end of every delivery, by the door's name (ongoing, portal, shopify) and one of
	// Results. It may be nil.
	Count func(door, result string)
}

// Results are how a delivery may end.
var Results = []string{
	kept, duplicate, quarantined, foreign, unauthorized, limited, media, unavailable,
}

const (
	kept         = "kept"
	duplicate    = "duplicate"
	quarantined  = "quarantined"   // authenticated, but it cannot be read
	foreign      = "goods_owner"   // authenticated, but of another goods owner
	unauthorized = "unauthorized"  // wrong or missing credentials, or no such connection
	limited      = "limited"       // faster than the connection's rate
	media        = "not_json"      // of another type than JSON, or encoded
	unavailable  = "not_available" // it could not be made durable
)

// Sources lists the doors by the names that Count is told.
func Sources() []string {
	var names []string
	for _, d := range doors {
		names = append(names, d.source)
	}
	return names
}

// Doors are the three ways in for webhooks. Each leads to connections by the last part of its path.
type Doors struct {
	book  Book
	store Receiver
	Options
	rate *limit.Limiter[visit]
	seen registry
}

// visit is what a connection's rate is counted by: its senders do not use up each other's.
type visit struct {
	conn exchange.Conn
	door int
}

// New is the doors of the connections in book.
func New(book Book, st Receiver, o Options) *Doors {
	if o.Patience == 0 {
		o.Patience = 4 * time.Second
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	return &Doors{book: book, store: st, Options: o, rate: limit.New[visit](o.Rate, 0)}
}

// Mount adds the doors' routes.
func (d *Doors) Mount(r fiber.Router) {
	for i := range doors {
		r.Post("/webhooks/"+doors[i].path+"/:connection", func(c *fiber.Ctx) error { return d.receive(c, i) })
	}
}

// door is what tells one of the three from the others.
type door struct {
	source string // of the events kept
	path   string
	// verify says whether the delivery is from one of conn's senders, with the same work whether it is
	// or not, and which token slot it used (-1: none).
	verify func(c *fiber.Ctx, conn *connection.Connection, now time.Time) (slot int, ok bool)
	// read decodes body, which is verified. Errors make the delivery unreadable.
	read func(c *fiber.Ctx, conn *connection.Connection, body []byte) (message, error)
	// polite doors say 200 to what they cannot read: Shopify drops a subscription after eight failures.
	polite bool
	// numbers: its events name our numbers, which are stored before anybody else hears them. So an event that
	// names none of them is none of ours, and never will be.
	numbers bool
}

// message is what a door understood of a delivery. An empty dedupe key means none.
type message struct {
	notice exchange.Notice
	dedupe string
}

// doors are the three of them. A door's place is its number in Seen.
var doors = [...]door{
	{source: "ongoing", path: "ongoing", verify: verifyOngoing, read: readOngoing, numbers: true},
	{source: "portal", path: "returns", verify: verifyPortal, read: readPortal},
	{source: "shopify", path: "shopify", verify: verifyShopify, read: readShopify, polite: true},
}

// receive handles POST /webhooks/{door}/{connection}: verify, decode, keep, answer.
func (d *Doors) receive(c *fiber.Ctx, i int) error {
	door, now := &doors[i], d.Now()
	if err := checkMedia(c); err != nil {
		d.Count(door.source, media)
		return err
	}
	conn, known := d.book.Get(exchange.Conn(c.Params("connection")))
	slot, ok := door.verify(c, &conn, now)
	if !ok || !known {
		d.Count(door.source, unauthorized)
		return ErrUnauthorized
	}
	if wait, ok := d.rate.Allow(visit{conn.Name, i}, now); !ok {
		d.Count(door.source, limited)
		return &limit.ExceededError{Wait: wait}
	}
	heard := d.seen.of(conn.Name)
	if slot >= 0 {
		heard.used(conn.Ongoing.WebhookTokens[slot].ID(), now)
	}
	id, result, err := d.keep(c, door, &conn, heard, now)
	d.Count(door.source, result)
	if err != nil {
		return err
	}
	heard.doors[i].Store(now.UnixNano())
	return answer(c, id, result == duplicate)
}

// answer says under which id an event is kept.
func answer(c *fiber.Ctx, id string, again bool) error {
	c.Response().Header.SetContentType(fiber.MIMEApplicationJSON)
	body := append(c.Response().Body(), `{"id":"`...)
	body = append(body, id...)
	body = append(body, '"')
	if again {
		body = append(body, `,"duplicate":true`...)
	}
	c.Response().SetBodyRaw(append(body, '}'))
	return nil
}
