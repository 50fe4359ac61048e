package sim

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// shopVersion is the version of Shopify's Admin API that the simulator speaks.
const shopVersion = "2026-10"

//go:embed contract/admin-2026-10.graphql.gz
var shopSchemaFile []byte

// shopSchema returns the full schema. It is loaded at the first call, which takes a fifth of a second and
// keeps 14 MB.
var shopSchema = sync.OnceValue(func() *ast.Schema {
	text, err := gunzip(shopSchemaFile)
	if err != nil {
		panic(fmt.Errorf("the embedded schema: %w", err))
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "admin-" + shopVersion + ".graphql", Input: string(text)})
})

func gunzip(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
