package shopify

import (
	"context"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
)

// handler is a kind of act: whether an effect has what the kind needs, and its two halves.
type handler struct {
	ready func(exchange.Effect) bool
	look  func(context.Context, *Peer, exchange.Effect) (exchange.Outcome, error)
	act   func(context.Context, *Peer, exchange.Effect) (exchange.Outcome, error)
}

// handlers is the registry: every kind of act that is Shopify's.
var handlers = map[exchange.Kind]handler{
	exchange.CreateReturn:        createReturn,
	exchange.Process:             process,
	exchange.HoldFulfillment:     holdFulfillment,
	exchange.ReleaseHold:         releaseHold,
	exchange.Fulfill:             fulfill,
	exchange.UpdateTracking:      updateTracking,
	exchange.Capture:             capture,
	exchange.Dispose:             dispose,
	exchange.RemoveExchangeLines: removeExchangeLines,
	exchange.ChargeMandate:       chargeMandate,
	exchange.SendInvoice:         sendInvoice,
	exchange.Refund:              refund,
	exchange.VoidAuthorisation:   voidAuthorisation,
	exchange.EditLines:           editLines,
	exchange.CloseReturn:         closeReturn,
	exchange.CancelReturn:        cancelReturn,
}

// Kinds lists the kinds of act that a Peer carries out, sorted.
func Kinds() []exchange.Kind {
	kinds := make([]exchange.Kind, 0, len(handlers))
	for k := range handlers {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

func handlerOf(e exchange.Effect) (handler, error) {
	h, known := handlers[e.Kind]
	if !known || !h.ready(e) {
		return handler{}, &exchange.RejectedError{Code: "effect_incomplete", Reason: "not an act on a shop, or its parameters are missing: " + string(e.Kind)}
	}
	return h, nil
}

// The results that need no more words.
var (
	done    = exchange.Outcome{Result: exchange.Done}
	notDone = exchange.Outcome{Result: exchange.NotDone}
)
