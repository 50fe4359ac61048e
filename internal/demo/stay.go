package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// keep leaves a world as it is, instead of the one that was left before.
func (h *house) keep(w *world) {
	h.mu.Lock()
	before := h.stays
	h.stays = w
	h.mu.Unlock()
	if before != nil {
		_ = before.close() // its story was judged long ago
	}
}

// stay says where everything of the last story is, and waits until ctx ends.
func (h *house) stay(ctx context.Context, p *printer) error {
	w := h.stays
	if w == nil {
		return errors.New("the story of the crashes leaves nothing running: choose another with --story")
	}
	store := w.back.store
	if u, err := url.Parse(store); err == nil {
		store = u.Redacted()
	}
	key := w.back.api.header.Get("Authorization")
	fmt.Fprintf(p.out, `
Everything of the last story is still running, until you press Ctrl-C:
  tradeback  http://%s/v1/exchanges (operations: http://%s)
  Ongoing    %s/control/ledger
  Shopify    %s/control/ledger
  store      %s

  curl -s -H 'Authorization: %s' http://%s/v1/exchanges
  %s exchanges list --store %s

`, w.back.at, strings.Join(w.back.operations(), ", http://"), w.sims.warehouse.base, w.sims.shop.base, store, key, w.back.at, h.Binary, store)
	<-ctx.Done()
	return nil
}
