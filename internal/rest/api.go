package rest

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/api"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/store"
)

// Book knows the connections and the API keys.
type Book interface {
	Get(name exchange.Conn) (connection.Connection, bool)
	Key(plaintext string) (connection.Key, bool)
}

// Store is what the API asks of it.
type Store interface {
	Receive(ctx context.Context, ev store.Item) error
	ReceiveStrict(ctx context.Context, ev store.Item) error
	Watch(c store.Conn, kinds ...store.Kind) (changed <-chan struct{}, stop func())
	Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	Exchanges(ctx context.Context, q store.Query) ([]exchange.Exchange, string, error)
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
	Journal(ctx context.Context, c store.Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error)
	Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// Options are what the API needs besides a book and a store.
type Options struct {
	Now func() time.Time
	IDs *ident.Maker
	// Patience is how long a request waits for what it led to, before it is answered 202. 0 means 10 s.
	Patience time.Duration
	// Done, once closed, ends all waiting: the server is stopping.
	Done <-chan struct{}
	// Rate is how fast one key may ask. The zero Rate: as fast as it likes.
	Rate limit.Rate
	// Used hears of each use of a key, at most once an hour of each. It may be nil.
	Used func(ctx context.Context, k connection.Key)
	// Doctor looks at a connection. Errors: store.ErrNotFound.
	Doctor func(ctx context.Context, c exchange.Conn) ([]doctor.Check, error)
	// Rotate replaces tokens and keys.
	Rotate Rotator
	// Subscribers are changed by it.
	Subscribers Subscribers
}

// API is /v1.
type API struct {
	book  Book
	store Store
	Options
	rate *limit.Limiter[string]
	uses uses
}

// New is the API over what st holds, for the keys in book.
func New(book Book, st Store, o Options) *API {
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	return &API{book: book, store: st, Options: o, rate: limit.New[string](o.Rate, 0)}
}

// Mount adds the API's routes.
func (a *API) Mount(r fiber.Router) {
	r.Get("/v1/openapi.yaml", document)
	r.Post("/v1/exchanges", a.with(connection.ScopeWrite, a.create))
	r.Get("/v1/exchanges", a.with(connection.ScopeRead, a.listExchanges))
	r.Get("/v1/exchanges/:id", a.with(connection.ScopeRead, a.showExchange))
	r.Get("/v1/exchanges/:id/events", a.with(connection.ScopeRead, a.listTimeline))
	r.Get("/v1/exchanges/:id/why", a.with(connection.ScopeRead, a.why))
	r.Get("/v1/exchanges/:id/rebuild", a.with(connection.ScopeRead, a.rebuild))
	r.Post("/v1/exchanges/:id/cancel", a.with(connection.ScopeWrite, a.cancel))
	r.Post("/v1/exchanges/:id/accept", a.with(connection.ScopeWrite, a.accept))
	r.Post("/v1/exchanges/:id/settle", a.with(connection.ScopeWrite, a.settle))
	r.Get("/v1/exchanges/:id/money", a.with(connection.ScopeRead, a.showMoney))
	r.Get("/v1/events", a.with(connection.ScopeRead, a.listEvents))
	r.Get("/v1/events/:id", a.with(connection.ScopeRead, a.showEvent))
	r.Post("/v1/replays", a.with(connection.ScopeWrite, a.replayEvents))
	r.Post("/v1/replays/rehearse", a.with(connection.ScopeRead, a.rehearseReplay))
	r.Get("/v1/dead", a.with(connection.ScopeRead, a.listDead))
	r.Post("/v1/dead/retry", a.with(connection.ScopeWrite, a.retryDead))
	r.Post("/v1/dead/discard", a.with(connection.ScopeWrite, a.discardDead))
	r.Get("/v1/audit", a.with(connection.ScopeAdmin, a.listAudit))
	r.Get("/v1/privacy", a.with(connection.ScopeAdmin, a.listPrivacy))
	r.Get("/v1/connections/:connection/doctor", a.with(connection.ScopeAdmin, a.examine))
	r.Post("/v1/connections/:connection/webhook-token/rotate", a.with(connection.ScopeAdmin, a.rotateToken))
	r.Get("/v1/connections/:connection/subscribers", a.with(connection.ScopeAdmin, a.listSubscribers))
	r.Post("/v1/connections/:connection/subscribers", a.with(connection.ScopeAdmin, a.addSubscriber))
	r.Patch("/v1/connections/:connection/subscribers/:name", a.with(connection.ScopeAdmin, a.changeSubscriber))
	r.Delete("/v1/connections/:connection/subscribers/:name", a.with(connection.ScopeAdmin, a.removeSubscriber))
	r.Post("/v1/connections/:connection/subscribers/:name/secret/rotate", a.with(connection.ScopeAdmin, a.rotateSecret))
	r.Post("/v1/connections/:connection/subscribers/:name/test", a.with(connection.ScopeAdmin, a.trySubscriber))
	r.Post("/v1/keys/:id/rotate", a.with(connection.ScopeAdmin, a.rotateKey))
}

// document gives the contract itself. Nothing in it is secret, so it needs no key.
func document(c *fiber.Ctx) error {
	c.Response().Header.SetContentType("application/yaml")
	return c.Send(api.Document)
}
