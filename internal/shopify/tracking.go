package shopify

import (
	"context"
	"net/url"
	"slices"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// updateTracking gives a fulfillment tracking that came late. It is done when the fulfillment has all the
// numbers. The call replaces what is there, so what is there is sent along.
var updateTracking = handler{
	ready: func(e exchange.Effect) bool {
		return e.Track != nil && e.Track.FulfillmentID != "" && len(numbersOf(e.Track.Parcels)) > 0
	},
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		have, err := p.readTracking(ctx, e.Track.FulfillmentID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		numbers := numbersOf(have)
		for _, n := range numbersOf(e.Track.Parcels) {
			if !slices.Contains(numbers, n) {
				return notDone, nil
			}
		}
		return exchange.Outcome{Result: exchange.Done, ID: e.Track.FulfillmentID}, nil
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		have, err := p.readTracking(ctx, e.Track.FulfillmentID)
		if err != nil {
			return exchange.Outcome{}, notSent(err)
		}
		all := slices.Concat(e.Track.Parcels, have) // of a number that is in both, ours counts
		data, _, err := shopifygql.FulfillmentTrackingInfoUpdate(ctx, p.gql, e.Track.FulfillmentID, trackingInput(all), false)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.FulfillmentTrackingInfoUpdate == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedUser(data.FulfillmentTrackingInfoUpdate.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return exchange.Outcome{Result: exchange.Done, ID: e.Track.FulfillmentID}, nil
	},
}

func (p *Peer) readTracking(ctx context.Context, fulfillmentID string) ([]exchange.Parcel, error) {
	data, _, err := shopifygql.FulfillmentTracking(ctx, p.gql, fulfillmentID)
	if err != nil {
		return nil, err
	}
	if data.Fulfillment == nil {
		return nil, gone("fulfillment", fulfillmentID)
	}
	var out []exchange.Parcel
	for _, t := range data.Fulfillment.TrackingInfo {
		out = append(out, exchange.Parcel{Waybill: textOf(t.Number), URL: textOf(t.Url), Carrier: textOf(t.Company)})
	}
	return out, nil
}

// trackingInput is parcels as Shopify takes them: numbers and, in the same order, where each can be
// followed. Nil: there is nothing to follow.
//
// Shape: the carrier's name is given only if all parcels have it and Shopify knows it, then Shopify
// builds the links; links are given only if every parcel has one.
func trackingInput(parcels []exchange.Parcel) *shopifygql.FulfillmentTrackingInput {
	in := &shopifygql.FulfillmentTrackingInput{}
	carrier, linked := "", true
	for _, p := range parcels {
		if p.Waybill == "" || slices.Contains(in.Numbers, p.Waybill) {
			continue
		}
		if len(in.Numbers) == 0 {
			carrier = p.Carrier
		}
		if p.Carrier != carrier {
			carrier = ""
		}
		linked = linked && isLink(p.URL)
		in.Numbers, in.Urls = append(in.Numbers, p.Waybill), append(in.Urls, p.URL)
	}
	if len(in.Numbers) == 0 {
		return nil
	}
	if !linked {
		in.Urls = nil
	}
	if carriers[carrier] {
		in.Company = &carrier
	}
	return in
}

func numbersOf(parcels []exchange.Parcel) []string {
	var out []string
	for _, p := range parcels {
		if p.Waybill != "" && !slices.Contains(out, p.Waybill) {
			out = append(out, p.Waybill)
		}
	}
	return out
}

func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
