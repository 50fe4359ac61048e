package exchange

import (
	"slices"
	"testing"
)

// releasedOf is an exchange of these quantities that may be shipped.
func releasedOf(t tb, seed uint64, back, out []int) *model {
	m := newModelOf(t, seed, testPolicy(), 0, back, out)
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	if m.x.Stage != Released {
		t.Fatalf("stage %s, waiting for %v", m.x.Stage, m.x.Waiting())
	}
	return m
}

func TestEveryShipmentOfABackOrderIsFulfilledOnceWithItsOwn(t *testing.T) {
	for seed := range uint64(20) {
		m := releasedOf(t, seed, []int{3, 2}, []int{2, 3})
		var shipped []Effect
		m.watch = func(e Effect) {
			if e.Kind == Fulfill {
				shipped = append(shipped, e)
			}
		}
		m.ship(1, 2)
		m.run()
		m.ship(1, 0)
		m.run()
		if m.x.Stage != Sent || m.acts[Fulfill] != 2 {
			t.Fatalf("seed %d: stage %s, acts %v, want two shipments fulfilled, and more to come; raised %v", seed, m.x.Stage, m.acts, m.x.Raised)
		}
		m.ship(0, 1)
		m.run()
		m.stale()
		if m.x.Stage != Completed || m.acts[Fulfill] != 3 {
			t.Fatalf("seed %d: stage %s, acts %v, waiting for %v", seed, m.x.Stage, m.acts, m.x.Waiting())
		}
		want := []string{"out1", "out2", "out3"}
		for i, e := range shipped {
			if !e.Ship.Notify || waybills(e.Ship.Parcels) != want[i] {
				t.Errorf("seed %d: shipment %d is told %+v, want %s, and the customer told of it", seed, i, e.Ship, want[i])
			}
		}
		if got := m.sentAndFulfilled(); got != [2]int{5, 5} {
			t.Errorf("seed %d: sent and fulfilled %v, want 5 and 5", seed, got)
		}
	}
}

func TestTheRowsOfOneLineAreFulfilledTogether(t *testing.T) {
	m := releasedOf(t, 1, []int{3}, []int{3})
	row := m.order.Lines[0]
	row.Ordered = 1
	m.order.Lines = []OrderLine{row, row}
	m.order.Lines[1].Row, m.order.Lines[1].ID, m.order.Lines[1].Ordered = "2", 2, 2
	m.ship(1, 1)
	m.run()
	m.ship(0, 1)
	m.run()
	m.stale()
	if got := m.sentAndFulfilled(); m.x.Stage != Completed || m.acts[Fulfill] != 2 || got != [2]int{3, 3} || len(m.x.Raised) > 0 {
		t.Fatalf("stage %s, acts %v, sent and fulfilled %v, raised %v; waiting for %v", m.x.Stage, m.acts, got, m.x.Raised, m.x.Waiting())
	}
}

// TestLateTrackingGoesToItsOwnShipment: that of the first comes before the second has gone, that of the second after
// the end.
func TestLateTrackingGoesToItsOwnShipment(t *testing.T) {
	for seed := range uint64(20) {
		m := releasedOf(t, seed, []int{2}, []int{2})
		told := map[string]string{} // tracking by fulfillment
		m.watch = func(e Effect) {
			if e.Kind == UpdateTracking {
				told[e.Track.FulfillmentID] += waybills(e.Track.Parcels)
			}
		}
		m.shipIn("", 1)
		m.run()
		m.track("one")
		m.run()
		m.shipIn("", 1)
		m.run()
		m.stale()
		if m.x.Stage != Completed || m.acts[Fulfill] != 2 {
			t.Fatalf("seed %d: stage %s, acts %v, waiting for %v", seed, m.x.Stage, m.acts, m.x.Waiting())
		}
		m.track("two")
		m.run()
		if len(told) != 2 || told["f1"] != "one" || told["f2"] != "two" || m.acts[Fulfill] != 2 {
			t.Errorf("seed %d: told %v, want each its own; acts %v", seed, told, m.acts)
		}
	}
}

// track gives the order the tracking of a parcel that has gone.
func (m *model) track(waybill string) {
	m.order.Parcels = append(slices.Clone(m.order.Parcels), Parcel{Waybill: waybill})
	m.hint(ReadOrder)
}
