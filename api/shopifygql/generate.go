// Package shopifygql is tradeback's client for Shopify's GraphQL Admin API 2026-10, generated from
// operations.graphql. Amounts are decimal strings and ids are gids, as Shopify sends them.
//
// Unset optional variables are written as explicit nulls; who sends them must strip nulls first,
// because Shopify takes a null as a value. See README.md.
package shopifygql

//go:generate ../../bin/genqlient genqlient.yaml
