// Package api holds the contract of what is spoken to us: the webhook doors and /v1.
package api

import _ "embed"

// Document is openapi.yaml (OpenAPI 3.1).
//
//go:embed openapi.yaml
var Document []byte
