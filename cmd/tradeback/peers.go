package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/store"
)

// peers makes the peers of connections and keeps them, with their lanes, as long as the settings stay. It
// is safe for concurrent use.
type peers struct {
	book  *connection.Book
	docs  lane.Docs
	seal  *connection.Sealer
	now   func() time.Time
	call  time.Duration
	hosts []string
	watch func(exchange.PeerName, *http.Client) *http.Client // on what the answers tell; nil: nobody does

	mu   sync.Mutex
	kept map[exchange.Conn]*pair
}

// pair are a connection's two peers. The lanes outlive a change of settings, so that two of a kind never
// call side by side.
type pair struct {
	version           uint64 // of the book when it was last compared
	mark              string // of the settings it was made of
	toOngoing, toShop *lane.Lane
	ongoing           *ongoing.Peer
	shopify           *shopify.Peer
}

// peer is one side of a connection. Errors: when c is not a connection of ours any more.
func (p *peers) peer(c store.Conn, name exchange.PeerName) (outbox.Peer, error) {
	got, err := p.pair(c)
	if err != nil {
		return nil, err
	}
	if name == exchange.PeerShopify {
		return got.shopify, nil
	}
	return got.ongoing, nil
}

func (p *peers) pair(c store.Conn) (*pair, error) {
	conn, ok := p.book.Get(c)
	if !ok {
		return nil, fmt.Errorf("connection %s: %w", c, store.ErrNotFound)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.kept = map[exchange.Conn]*pair{}
	}
	have, version := p.kept[c], p.book.Version()
	if have != nil && have.version == version {
		return have, nil
	}
	mark, err := p.mark(conn)
	if err != nil {
		return nil, err
	}
	if have != nil && have.mark == mark {
		have.version = version
		return have, nil
	}
	made, err := p.make(conn, have)
	if err != nil {
		return nil, err
	}
	made.mark, made.version = mark, version
	p.kept[c] = made
	return made, nil
}

// mark changes when anything of a connection does that its peers are made of.
func (p *peers) mark(c connection.Connection) (string, error) {
	shown, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("connection %s: %w", c.Name, err)
	}
	return string(shown) + p.seal.CredentialsMark(c, exchange.PeerOngoing) + p.seal.CredentialsMark(c, exchange.PeerShopify), nil
}

func (p *peers) make(c connection.Connection, had *pair) (*pair, error) {
	if had == nil {
		o, s := lane.Ongoing(), lane.Shopify()
		o.Keeper, s.Keeper = lane.KeepIn(p.docs, c.Name, o.Name), lane.KeepIn(p.docs, c.Name, s.Name)
		for _, l := range []*lane.Options{&o, &s} {
			l.AllowHosts, l.Timeout, l.Now = p.hosts, p.call, p.now
		}
		had = &pair{toOngoing: lane.New(o), toShop: lane.New(s)}
	}
	had.toOngoing.UseCredentials(p.seal.CredentialsMark(c, exchange.PeerOngoing))
	had.toShop.UseCredentials(p.seal.CredentialsMark(c, exchange.PeerShopify))
	shop, err := shopify.New(shopify.Options{
		URL: c.ShopifyURL(), TokenURL: c.ShopifyTokenURL(),
		Token:         p.token(c),
		ArticleNumber: c.Exchanges.ArticleNumber, LocationID: c.Shopify.LocationID,
		Client: p.way(exchange.PeerShopify, had.toShop), Now: p.now,
	})
	if err != nil {
		return nil, fmt.Errorf("connection %s: %w", c.Name, err)
	}
	return &pair{
		toOngoing: had.toOngoing, toShop: had.toShop, shopify: shop,
		ongoing: ongoing.New(ongoing.Options{
			BaseURL: c.OngoingURL(), GoodsOwnerID: c.Ongoing.GoodsOwnerID, WarehouseID: c.Ongoing.WarehouseID,
			Username: c.Ongoing.Username, Password: c.Ongoing.Password.Reveal(),
			OrderStatuses: c.Ongoing.OrderStatuses.Roles(), ReturnOrderStatuses: c.Ongoing.ReturnOrderStatuses.Roles(),
			Client: p.way(exchange.PeerOngoing, had.toOngoing), Now: p.now,
		}),
	}, nil
}

// token is how calls to c's shop are authenticated. A token that client credentials have got is kept in the store,
// sealed, before it is used: who owns the connection next goes on with it.
func (p *peers) token(c connection.Connection) shopify.TokenSource {
	src := shopify.TokenSource{Access: c.Shopify.AccessToken.Reveal(), ClientID: c.Shopify.ClientID, ClientSecret: c.Shopify.ClientSecret.Reveal()}
	if src.ClientID == "" {
		return src
	}
	src.Save = func(ctx context.Context, token string, expires time.Time) error {
		return connection.SaveShopToken(ctx, p.docs, p.seal, c, connection.ShopToken{Access: connection.NewSecret(token), Expires: expires, Granted: p.now()})
	}
	src.Load = func(ctx context.Context) (string, time.Time, time.Time, error) {
		t, err := connection.LoadShopToken(ctx, p.docs, p.seal, c)
		return t.Access.Reveal(), t.Expires, t.Granted, err
	}
	return src
}

// way is the client by which a peer is called.
func (p *peers) way(name exchange.PeerName, l *lane.Lane) *http.Client {
	if p.watch == nil {
		return l.Client()
	}
	return p.watch(name, l.Client())
}

// taken lets the lanes of a connection that has just become ours forget what they remember of its breakers:
// another replica may have had it since, and has left in the store what it found.
func (p *peers) taken(c store.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if had := p.kept[c]; had != nil {
		had.toOngoing.Reload()
		had.toShop.Reload()
	}
}

// uninstalled ends all calls to a shop that took the app away, until its credentials change.
func (p *peers) uninstalled(ctx context.Context, c store.Conn) error {
	got, err := p.pair(c)
	if err != nil {
		return err
	}
	return got.toShop.Block(ctx, "the app was uninstalled from the shop")
}

// close ends idle connections.
func (p *peers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.kept {
		k.toOngoing.Close()
		k.toShop.Close()
	}
}
