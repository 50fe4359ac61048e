package ongoing

import (
	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// parcels are the ways in which o goes out: its tracking and its parcels, each waybill once. What is for
// the customer's return is left out. Old systems have a single waybill in the order's head.
func parcels(o *ongoingrest.Order) []exchange.Parcel {
	var out []exchange.Parcel
	add := func(waybill, url string) {
		if waybill == "" {
			return
		}
		for i := range out {
			if out[i].Waybill == waybill {
				if out[i].URL == "" {
					out[i].URL = url
				}
				return
			}
		}
		out = append(out, exchange.Parcel{Waybill: waybill, URL: url, Carrier: carrier(o)})
	}
	for _, t := range o.Tracking {
		add(t.Waybill, t.URL)
	}
	for _, parcel := range o.Parcels {
		if parcel.Tracking != nil && !parcel.IsReturn {
			add(parcel.Tracking.Waybill, parcel.Tracking.URL)
		}
	}
	if len(out) == 0 {
		add(o.Info.WayBill, "")
	}
	return out
}

func carrier(o *ongoingrest.Order) string {
	switch t := o.Transporter; {
	case t == nil:
		return ""
	case t.TransporterName != "":
		return t.TransporterName
	default:
		return t.Name
	}
}
