package shopify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// Options say how a shop is reached and how its goods are named in the warehouse.
type Options struct {
	URL      string // of the Admin API: https://{shop}/admin/api/2026-10/graphql.json
	TokenURL string // where client credentials get a token: https://{shop}/admin/oauth/access_token
	Token    TokenSource

	ArticleNumber string // what a variant is called in the warehouse: "sku", "barcode", or a metafield "namespace.key"
	LocationID    string // where returned goods are restocked, a gid

	Client *http.Client     // the way out; redirects are never followed
	Now    func() time.Time // for the end of tokens and authorisations
}

// Peer is one shop. It is safe for concurrent use.
type Peer struct {
	gql      graphql.Client
	client   *client // that gql is
	articles *articles
	prices   prices
	mandates mandates
	location string
	now      func() time.Time
}

// New returns the peer of the shop that o describes. It makes no call.
//
// Errors: when o.ArticleNumber is none of its three forms.
func New(o Options) (*Peer, error) {
	way := *o.Client
	way.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	gql := &client{url: o.URL, http: &way, now: o.Now}
	gql.tokens = &tokens{source: o.Token, url: o.TokenURL, http: &way, now: o.Now, have: o.Token.Access, ends: o.Token.Expires}
	a := &articles{gql: gql, now: o.Now, known: map[string]knownArticle{}}
	switch o.ArticleNumber {
	case "sku", "barcode":
		a.from = o.ArticleNumber
	default:
		dot := strings.LastIndexByte(o.ArticleNumber, '.') // a namespace may hold dots, a key does not
		if dot < 1 || dot == len(o.ArticleNumber)-1 {
			return nil, fmt.Errorf("article number %q is not sku, barcode or namespace.key", o.ArticleNumber)
		}
		a.namespace, a.key = o.ArticleNumber[:dot], o.ArticleNumber[dot+1:]
	}
	return &Peer{gql: gql, client: gql, articles: a, location: o.LocationID, now: o.Now}, nil
}

// Served is the version of the Admin API that answered last, by its own word; empty before the first answer. A version
// that has reached its end is answered by the oldest one that has not.
func (p *Peer) Served() string {
	if v := p.client.served.Load(); v != nil {
		return *v
	}
	return ""
}

// Look reports whether e was done already: NotDone, Done, or Refused where what the shop says rules the
// act out for good.
//
// Errors: exchange.ErrAmbiguous when the shop cannot tell; *exchange.RejectedError and
// *exchange.NotSentError as in Act.
func (p *Peer) Look(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	h, err := handlerOf(e)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := h.look(ctx, p, e)
	if err != nil {
		return exchange.Outcome{}, fmt.Errorf("look for %s: %w", e.ID, err)
	}
	out.Effect, out.Kind, out.Looked = e.ID, e.Kind, out.Result == exchange.Done
	return out, nil
}

// Act does e.
//
// Errors: *exchange.RejectedError when Shopify says no for good; *exchange.NotSentError when it was surely
// not carried out; with any other error the outcome is unknown.
func (p *Peer) Act(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	h, err := handlerOf(e)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := h.act(ctx, p, e)
	if err != nil {
		return exchange.Outcome{}, fmt.Errorf("act on %s: %w", e.ID, err)
	}
	out.Effect, out.Kind = e.ID, e.Kind
	return out, nil
}

// Read reads e's return with its order. A return that does not exist is no error, but Missing.
//
// Shape: it waits in the lane until no act waits.
// Errors: as in Act; the return's lists being longer than a read is one of the rejections (too_many_lines).
func (p *Peer) Read(ctx context.Context, e exchange.Effect) (exchange.ReadResult, error) {
	if e.Read == nil || e.Read.Target != exchange.ReadShop || e.Read.ReturnID == "" {
		return exchange.ReadResult{}, &exchange.RejectedError{Code: "effect_incomplete", Reason: "not a read of a shop's return"}
	}
	found := exchange.ReadResult{Target: exchange.ReadShop, Want: e.Read.Want}
	shop, err := p.readShop(lane.WithPriority(ctx, lane.Read), e.Read.ReturnID)
	switch rejected := (*exchange.RejectedError)(nil); {
	case err == nil && shop != nil:
		found.Shop = shop
		return found, nil
	case err == nil, errors.As(err, &rejected) && rejected.Code == "resource_not_found": // that is a gid of another type
		found.Missing = &exchange.Missing{Target: exchange.ReadShop, Code: string(exchange.ReturnNotFound), Detail: e.Read.ReturnID}
		return found, nil
	}
	return exchange.ReadResult{}, fmt.Errorf("read %s: %w", e.Read.ReturnID, err)
}
