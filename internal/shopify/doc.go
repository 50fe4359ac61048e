// Package shopify is the Shopify peer: it reads a return with all that hangs on it, carries out the acts
// that belong to a shop, looks whether they were done already, and understands the shop's webhooks.
//
// Each kind of act has a file of its own with Look and Act side by side. Amounts are never floats, and
// nothing here decides what happens next: that is the exchange's business.
//
// Source: Shopify GraphQL Admin API 2026-10; the calls are in api/shopifygql.
package shopify
