package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/sim"
)

// statusNames are what Ongoing's standard order statuses are called.
var statusNames = map[int]string{
	statusError: "Error", statusOpen: "Open", statusReleased: "Released", statusSent: "Sent",
	statusCollected: "Collected", statusReturned: "Returned", statusCancelled: "Cancelled",
}

// narrate tells what happened between two views.
func (w *world) narrate(ctx context.Context, before, now view) {
	if w.steps == nil {
		return
	}
	w.narrateShop(before.shop, now.shop)
	w.narrateWarehouse(before.warehouse, now.warehouse)
	for i, s := range now.swaps {
		if old := before.swapAt(i); old.Stage != s.Stage || len(old.Raised) != len(s.Raised) {
			w.narrateStages(ctx, s)
		}
	}
}

// narrateStages tells the stages that an exchange has gone through since it was last told of.
func (w *world) narrateStages(ctx context.Context, s swap) {
	full, err := w.back.show(ctx, s.ID)
	if err != nil {
		return // serve is down; the next change tells it
	}
	if w.told == nil {
		w.told = map[string]int{}
	}
	for i, m := range full.Timeline {
		if i < w.told[s.ID] {
			continue
		}
		switch {
		case i == 0:
			w.tell(sideTradeback, "%s is %s", short(s.ID), m.To)
		case m.From != m.To:
			w.tell(sideTradeback, "%s is %s", short(s.ID), m.To)
		}
		for _, code := range m.Raised {
			w.tell(sideTradeback, "%s raises %s", short(s.ID), code)
		}
	}
	w.told[s.ID] = len(full.Timeline)
}

func (w *world) narrateWarehouse(before, now sim.OngoingLedger) {
	for _, number := range slices.Sorted(maps.Keys(now.ReturnOrders)) {
		had, has := before.ReturnOrders[number].Statuses, now.ReturnOrders[number].Statuses
		for i := len(had); i < len(has); i++ {
			verb := "is"
			if i == 0 {
				verb = "is put,"
			}
			w.tell(sideOngoing, "return order %s %s %s", number, verb, has[i])
		}
	}
	for _, number := range slices.Sorted(maps.Keys(now.Orders)) {
		had, has := before.Orders[number].Statuses, now.Orders[number].Statuses
		for i := len(had); i < len(has); i++ {
			verb := "is"
			if i == 0 {
				verb = "is put,"
			}
			w.tell(sideOngoing, "order %s %s %d %s", number, verb, has[i], statusNames[has[i]])
		}
	}
}

func (w *world) narrateShop(before, now sim.ShopifyLedger) {
	for _, name := range slices.Sorted(maps.Keys(now.Orders)) {
		had, has := before.Orders[name], now.Orders[name]
		for i, r := range has.Returns {
			switch {
			case i >= len(had.Returns):
				w.tell(sideShopify, "return %s is %s", r.Name, r.Status)
			case had.Returns[i].Status != r.Status:
				w.tell(sideShopify, "return %s is %s: its lines are processed", r.Name, r.Status)
			}
		}
		for i := len(had.Fulfillments); i < len(has.Fulfillments); i++ {
			f := has.Fulfillments[i]
			w.tell(sideShopify, "%s of order %s is fulfilled, tracking %s", pieces(f.SKUs), name, strings.Join(f.Tracking, ", "))
		}
		for i := len(had.Captures); i < len(has.Captures); i++ {
			w.tell(sideShopify, "%s is captured of order %s", Amount{has.Captures[i].Amount, has.Currency}, name)
		}
	}
}

// pieces writes quantities by sku: "1 TEE-M".
func pieces(skus map[string]int) string {
	var all []string
	for _, sku := range slices.Sorted(maps.Keys(skus)) {
		all = append(all, fmt.Sprintf("%d %s", skus[sku], sku))
	}
	return strings.Join(all, ", ")
}

// short is the end of an exchange's id, which is enough to tell the exchanges of a story apart.
func short(id string) string {
	if len(id) < 8 {
		return id
	}
	return "exchange …" + id[len(id)-6:]
}
