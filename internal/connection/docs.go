package connection

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/internal/store"
)

// page is how many documents are read at once.
const page = 500

// Reader reads documents of the store.
type Reader interface {
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// each calls visit with every document of a bucket in the process's own shard, by key.
func each(ctx context.Context, docs Reader, bucket string, visit func(store.Doc) error) error {
	for after := ""; ; {
		found, err := docs.Docs(ctx, "", bucket, after, page)
		if err != nil {
			return fmt.Errorf("read %s: %w", bucket, err)
		}
		for _, d := range found {
			if err := visit(d); err != nil {
				return err
			}
			after = d.Key
		}
		if len(found) < page {
			return nil
		}
	}
}

// docAt reads one document. Errors: store.ErrNotFound.
func docAt(ctx context.Context, docs Reader, bucket, key string) (store.Doc, error) {
	var found *store.Doc
	err := each(ctx, docs, bucket, func(d store.Doc) error {
		if d.Key == key {
			found = &d
		}
		return nil
	})
	if err == nil && found == nil {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Doc{}, err
	}
	return *found, nil
}
