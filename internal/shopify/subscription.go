package shopify

import (
	"context"
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// Topics are the webhooks that tradeback wants of a shop, as the schema spells them. The privacy topics are not among
// them: those are set in the app's own configuration.
func Topics() []string {
	return []string{
		"RETURNS_REQUEST", "RETURNS_APPROVE", "RETURNS_DECLINE", "RETURNS_CANCEL", "RETURNS_CLOSE", "RETURNS_REOPEN",
		"RETURNS_UPDATE", "RETURNS_PROCESS",
		"ORDERS_PAID", "ORDER_TRANSACTIONS_CREATE", "REFUNDS_CREATE",
		"FULFILLMENT_ORDERS_PLACED_ON_HOLD", "FULFILLMENT_ORDERS_HOLD_RELEASED", "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE",
		"FULFILLMENT_ORDERS_MOVED", "FULFILLMENT_ORDERS_SPLIT", "FULFILLMENT_ORDERS_MERGED", "FULFILLMENT_ORDERS_CANCELLED",
		"APP_UNINSTALLED", "APP_SCOPES_UPDATE",
	}
}

// Subscriptions reads the topics whose webhooks are sent to uri.
//
// Errors: as in Act.
func (p *Peer) Subscriptions(ctx context.Context, uri string) ([]string, error) {
	data, _, err := shopifygql.WebhookSubscriptions(lane.WithPriority(ctx, lane.Read), p.gql, uri)
	if err != nil {
		return nil, fmt.Errorf("read webhook subscriptions: %w", err)
	}
	var topics []string
	for _, s := range data.WebhookSubscriptions.Nodes {
		topics = append(topics, s.Topic)
	}
	return topics, nil
}

// Subscribe has the webhooks of a topic sent to uri. One that is there already is no error.
//
// Errors: as in Act.
func (p *Peer) Subscribe(ctx context.Context, topic, uri string) error {
	data, _, err := shopifygql.WebhookSubscriptionCreate(lane.WithPriority(ctx, lane.Read), p.gql, topic, uri)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	payload := data.WebhookSubscriptionCreate
	if payload == nil {
		return fmt.Errorf("subscribe to %s: the answer is empty", topic)
	}
	for _, e := range payload.UserErrors {
		if !strings.Contains(e.Message, "already been taken") {
			return fmt.Errorf("subscribe to %s: %w", topic, &exchange.RejectedError{Code: "subscription_refused", Reason: clipped(e.Message)})
		}
	}
	return nil
}
