package demo

import (
	"fmt"
	"strings"
)

// connectionName is the connection of every story: the last part of its webhook URLs.
const connectionName = "demo"

// connections is a connections.yaml that joins the two simulators.
func connections(s *sims, set setting) string {
	return fmt.Sprintf(strings.TrimLeft(`
connections:
  - name: %s
    ongoing:
      server: %s
      warehouse: %s
      goods_owner_id: %d
      username: %s
      password: %s
      warehouse_id: 1
      order_statuses: {open: [Open], returned: [Returned], released: [Released], sent: [Sent, Collected], cancelled: [Cancelled]}
      return_order_statuses: {notified: [Notified], returned: [Returned]}
      webhook_tokens: [%s]
    shopify:
      shop: %s
      access_token: %s
      webhook_secrets: [%s]
      location_id: gid://shopify/Location/1
    portal:
      webhook_secrets: [%s]
    exchanges:
%s`, "\n"),
		connectionName, s.warehouse.base, ongoingSystem, goodsOwnerID, ongoingUser, ongoingPassword, webhookToken,
		s.shop.base, shopToken, shopSecret, portalSecret, set.terms)
}
