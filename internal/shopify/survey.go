package shopify

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/lane"
)

// Installation is what a shop says of itself and of the app.
type Installation struct {
	Domain   string
	Currency string
	Scopes   []string // granted, by handle
}

// Location is a place of the shop where goods lie.
type Location struct {
	ID     string // a gid
	Name   string
	Active bool
}

// Subscription is a webhook that the app has asked for by API.
type Subscription struct {
	Topic string // as the schema spells it: RETURNS_APPROVE
	URI   string
}

// Installation reads what the app is in the shop.
//
// Errors: as in Act.
func (p *Peer) Installation(ctx context.Context) (Installation, error) {
	data, _, err := shopifygql.Shop(lane.WithPriority(ctx, lane.Read), p.gql)
	if err != nil {
		return Installation{}, fmt.Errorf("read the installation: %w", err)
	}
	var in Installation
	if data.Shop != nil {
		in.Domain, in.Currency = data.Shop.MyshopifyDomain, string(data.Shop.CurrencyCode)
	}
	if data.CurrentAppInstallation != nil {
		for _, s := range data.CurrentAppInstallation.AccessScopes {
			in.Scopes = append(in.Scopes, s.Handle)
		}
	}
	return in, nil
}

// Locations lists the first 50 of the shop's locations; more says that there are others.
//
// Errors: as in Act.
func (p *Peer) Locations(ctx context.Context) (found []Location, more bool, err error) {
	data, _, err := shopifygql.ShopLocations(lane.WithPriority(ctx, lane.Read), p.gql)
	if err != nil {
		return nil, false, fmt.Errorf("read the locations: %w", err)
	}
	if data.Locations == nil {
		return nil, false, nil
	}
	for _, l := range data.Locations.Nodes {
		found = append(found, Location{l.Id, l.Name, l.IsActive})
	}
	return found, cut(data.Locations.PageInfo), nil
}

// AllSubscriptions lists the first 100 of the app's webhook subscriptions, wherever they go; more says that there
// are others.
//
// Errors: as in Act.
func (p *Peer) AllSubscriptions(ctx context.Context) (found []Subscription, more bool, err error) {
	data, _, err := shopifygql.ShopSubscriptions(lane.WithPriority(ctx, lane.Read), p.gql)
	if err != nil {
		return nil, false, fmt.Errorf("read webhook subscriptions: %w", err)
	}
	if data.WebhookSubscriptions == nil {
		return nil, false, nil
	}
	for _, s := range data.WebhookSubscriptions.Nodes {
		found = append(found, Subscription{s.Topic, s.Uri})
	}
	return found, cut(data.WebhookSubscriptions.PageInfo), nil
}
