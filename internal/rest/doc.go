// Package rest is /v1, the API behind api/openapi.yaml: Shopify apps and scripts ask for exchanges and call
// them off, and everybody with a key reads how they stand and what came in.
package rest
