package sim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A shopSubscription is a webhook that someone asked for. Topic "*" stands for all of them.
type shopSubscription struct {
	id      int64
	topic   string // as in the header: returns/approve
	url     string
	name    string
	created time.Time
}

// A ShopifyHook is a webhook to be sent: a topic such as "returns/approve", or "*", and where to.
type ShopifyHook struct {
	Topic string `json:"topic"`
	URL   string `json:"url"`
}

// setHooks replaces the subscriptions: hooks in an array, or {"subscriptions": hooks, "secret": "…"}.
func (s *Shopify) setHooks(raw json.RawMessage) error {
	set := struct {
		Subscriptions []ShopifyHook `json:"subscriptions"`
		Secret        string        `json:"secret"`
	}{}
	var err error
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
		err = strict(raw, &set.Subscriptions)
	} else {
		err = strict(raw, &set)
	}
	if err != nil {
		return err
	}
	for _, h := range set.Subscriptions {
		target, err := url.Parse(h.URL)
		switch {
		case err != nil || target.Host == "":
			return fmt.Errorf("hook: url %q is not a whole URL", h.URL)
		case h.Topic != "*" && shopTopicEnum(h.Topic) == "":
			return fmt.Errorf("hook: there is no topic %q", h.Topic)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if set.Secret != "" {
		s.secret = set.Secret
	}
	s.subscriptions = nil
	for _, h := range set.Subscriptions {
		s.subscribe(h.Topic, h.URL, "")
	}
	return nil
}

func (s *Shopify) subscribe(topic, target, name string) *shopSubscription {
	sub := &shopSubscription{id: s.newID(), topic: topic, url: target, name: name, created: s.now()}
	s.subscriptions = append(s.subscriptions, sub)
	return sub
}

// shopTopicEnum returns the value of WebhookSubscriptionTopic for a topic: RETURNS_APPROVE for
// returns/approve; "" if the schema has none.
func shopTopicEnum(topic string) string {
	name := strings.ToUpper(strings.NewReplacer("/", "_", ".", "_").Replace(topic))
	if !strings.Contains(topic, "/") || shopSchema().Types["WebhookSubscriptionTopic"].EnumValues.ForName(name) == nil {
		return ""
	}
	return name
}

// shopTopics are the topics whose webhooks are sent.
var shopTopics = []string{
	"app/uninstalled", "fulfillment_events/create", "fulfillment_holds/added", "fulfillment_holds/released",
	"fulfillment_orders/hold_released", "fulfillment_orders/moved", "fulfillment_orders/order_routing_complete", "fulfillment_orders/placed_on_hold",
	"fulfillments/create", "fulfillments/update", "order_transactions/create", "orders/paid", "refunds/create",
	"returns/approve", "returns/cancel", "returns/close", "returns/process", "returns/reopen", "returns/update",
}

// subscriptionCreate handles webhookSubscriptionCreate. A topic that is never sent here can be subscribed to.
func (s *Shopify) subscriptionCreate(args gqlArgs) any {
	in, topic := args.input("webhookSubscription"), args.text("topic")
	for _, known := range shopTopics {
		if shopTopicEnum(known) == topic {
			topic = known
		}
	}
	target := in.text("uri")
	if target == "" {
		target = in.text("callbackUrl")
	}
	no := func(message string) any {
		return refused("WebhookSubscriptionCreatePayload", "UserError",
			shopUserError{[]string{"webhookSubscription", "callbackUrl"}, message, ""})
	}
	if at, err := url.Parse(target); err != nil || at.Host == "" {
		return no("Address is invalid")
	}
	if slices.ContainsFunc(s.subscriptions, func(other *shopSubscription) bool { return other.topic == topic && other.url == target }) {
		return no("Address for this topic has already been taken")
	}
	return accepted("WebhookSubscriptionCreatePayload", map[string]any{"webhookSubscription": s.subscribe(topic, target, in.text("name"))})
}

func (s *Shopify) subscriptionDelete(id string) any {
	n, bad := gidNumber("WebhookSubscription", id)
	if bad != nil {
		return bad
	}
	at := slices.IndexFunc(s.subscriptions, func(sub *shopSubscription) bool { return sub.id == n })
	if at < 0 {
		return refused("WebhookSubscriptionDeletePayload", "UserError",
			shopUserError{[]string{"id"}, "Webhook subscription does not exist", ""})
	}
	s.subscriptions = slices.Delete(slices.Clone(s.subscriptions), at, at+1)
	return accepted("WebhookSubscriptionDeletePayload", map[string]any{"deletedWebhookSubscriptionId": id})
}

// searchSubscriptions answers webhookSubscriptions(topics, uri). What was registered for every topic does not show.
func (s *Shopify) searchSubscriptions(args gqlArgs) any {
	return gqlWhere(s.subscriptions, func(sub *shopSubscription) bool {
		topics := args.texts("topics")
		return sub.topic != "*" && (len(topics) == 0 || slices.Contains(topics, sub.enum())) &&
			(!args.given("uri") || args.text("uri") == sub.url)
	})
}

// enum is the topic as the schema spells it.
func (sub *shopSubscription) enum() string {
	if name := shopTopicEnum(sub.topic); name != "" {
		return name
	}
	return sub.topic
}

func (sub *shopSubscription) gqlType() string { return "WebhookSubscription" }

func (sub *shopSubscription) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("WebhookSubscription", sub.id)
	case "legacyResourceId":
		return sub.id
	case "topic":
		return sub.enum()
	case "uri", "callbackUrl":
		return sub.url
	case "name":
		return gqlText(sub.name)
	case "format":
		return "JSON"
	case "includeFields", "metafieldNamespaces":
		return []string{}
	case "filter":
		return nil
	case "createdAt", "updatedAt":
		return sub.created
	case "apiVersion":
		return gqlFields{"ApiVersion", map[string]any{"handle": shopVersion, "displayName": shopVersion, "supported": true}}
	}
	return notSimulated
}
