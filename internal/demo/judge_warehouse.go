package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/sim"
)

// judgeWarehouse compares Ongoing's ledger as a whole with what must have happened there.
func judgeWarehouse(l sim.OngoingLedger, trips []*trip, want []outcome) error {
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	orders := len(trips)
	for _, o := range want {
		if o.again {
			orders++
		}
	}
	if len(l.Orders) != orders+1 || len(l.ReturnOrders) != len(trips) {
		no("%d exchange orders and %d return orders, not %d and %d", len(l.Orders)-1, len(l.ReturnOrders), orders, len(trips))
	}
	if l.MaxInFlight > 1 {
		no("%d calls to Ongoing at once: it admits one", l.MaxInFlight)
	}
	if l.Unauthorized > 0 {
		no("Ongoing refused %d calls as unauthorised", l.Unauthorized)
	}
	return errors.Join(wrong...)
}

// judgeTracking compares the tracking numbers that Shopify has with the parcels that truly carry the
// replacements, as Ongoing's webhooks name them: each once, and never the label for the way back.
func (w *world) judgeTracking(ctx context.Context, trips []*trip) error {
	sent, err := w.sims.deliveries(ctx)
	if err != nil {
		return err
	}
	var want, got []string
	for _, t := range trips {
		want = append(want, outbound(sent, t.now().Number)...)
	}
	for _, f := range w.last.shop.Orders[trips[0].order].Fulfillments {
		if !f.Seeded && !f.Cancelled {
			got = append(got, f.Tracking...)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the tracking in Shopify is %q, the parcels are %q", got, want)
	}
	return nil
}

// outbound are the numbers of the parcels that an order went out in, by the webhooks about it.
func outbound(sent []sim.Record, order string) []string {
	var numbers []string
	for _, d := range sent {
		var body struct {
			Parcels []struct {
				ParcelNumber   string `json:"parcelNumber"`
				IsReturnParcel bool   `json:"isReturnParcel"`
			} `json:"parcels"`
		}
		if !strings.HasPrefix(d.Label, "order "+order+" ") || json.Unmarshal([]byte(d.Body), &body) != nil {
			continue
		}
		for _, p := range body.Parcels {
			if !p.IsReturnParcel && !slices.Contains(numbers, p.ParcelNumber) {
				numbers = append(numbers, p.ParcelNumber)
			}
		}
	}
	return numbers
}
