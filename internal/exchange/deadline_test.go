package exchange

import (
	"slices"
	"testing"
	"time"
)

func TestWhatDidNotComeBackIsCharged(t *testing.T) {
	charge := testPolicy()
	charge.AfterDeadline, charge.ReleaseOn = AfterDeadlineCharge, OnEither
	deposit := depositPolicy()
	deposit.AfterDeadline = AfterDeadlineCharge
	mandate := func(m *model) { m.without().shop.Mandates = []string{"pm1"} }
	cases := []struct {
		name       string
		policy     Policy
		difference int64
		change     func(*model)
		moved      []string
		net        int64
	}{
		{"the stored payment method pays it", charge, 0, mandate, []string{"charge_mandate 20000"}, 20000},
		{"what the difference holds already is not charged twice", mandateAmounts(charge), testPrice, mandate, []string{"charge_mandate 5000", "charge_mandate 20000"}, 25000},
		{"a difference that the shop owed is not given back", charge, -testPrice, mandate, []string{"charge_mandate 15000"}, 15000},
		{"an invoice", charge, 0, nil, []string{"send_invoice 20000"}, 20000},
		{"the deposit pays it", deposit, testPrice, mandate, []string{"authorise 25000", "capture 25000"}, 25000},
		{"the deposit was paid by an invoice", deposit, 0, nil, []string{"send_invoice 20000"}, 20000},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := c.policy
			p.Instant = true
			m := newModel(t, 1, p, c.difference)
			if c.change != nil {
				c.change(m)
			}
			m.request()
			m.run()
			m.portal("shipment.event.in_transit")
			m.run()
			if m.x.Stage == Open && m.acts[SendInvoice] > 0 {
				m.pays(testValue)
				m.run()
			}
			m.ship()
			m.run()
			if m.x.Stage != Sent || m.acts[Fulfill] != 1 {
				t.Fatalf("stage %s, acts %v; waiting for %v; raised %v", m.x.Stage, m.acts, m.x.Waiting(), m.x.Raised)
			}
			before := len(m.moved)
			m.later(20)
			m.portal("shipment.event.in_transit")
			m.run()
			m.later(5)
			if len(m.moved) != before {
				t.Fatalf("moved %v while the parcel is seen on its way", m.moved)
			}
			m.later(15)
			if m.acts[SendInvoice] > 0 && m.shop.Outstanding.Minor > 0 {
				if m.x.Stage != Sent {
					t.Fatalf("stage %s before the invoice was paid", m.x.Stage)
				}
				m.pays(m.shop.Outstanding.Minor)
				m.run()
			}
			if m.x.Stage != Completed || !slices.Equal(m.moved, c.moved) || m.net() != c.net || m.shop.Outstanding.Minor != 0 {
				t.Fatalf("stage %s, moved %v, net %d, owed %s; want %v, %d; waiting for %v; raised %v", m.x.Stage, m.moved, m.net(), m.shop.Outstanding, c.moved, c.net, m.x.Waiting(), m.x.Raised)
			}
			if s := m.x.Settlement(); s.Status != "settled" {
				t.Fatalf("settlement %+v", s)
			}
		})
	}
}

// later lets days pass.
func (m *model) later(days int) {
	m.now = m.now.AddDate(0, 0, days)
	m.run()
	m.stale()
}

func TestGoodsThatComeBackAfterTheyWereChargedAreRefunded(t *testing.T) {
	p := testPolicy()
	p.Instant, p.AfterDeadline = true, AfterDeadlineCharge
	m := newModel(t, 1, p, 0)
	m.shop.Mandates = []string{"pm1"}
	m.hang = Fulfill // so that it is not completed
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.ship()
	m.run()
	m.later(60)
	if m.net() != testValue {
		t.Fatalf("net %d, want the goods charged; raised %v, waiting for %v", m.net(), m.x.Raised, m.x.Waiting())
	}
	m.receive()
	m.run()
	if !slices.Equal(m.moved, []string{"charge_mandate 20000"}) || m.acts[Process] != 2 {
		t.Fatalf("moved %v, acts %v", m.moved, m.acts)
	}
	if d := m.x.due(); d.Minor != -testValue {
		t.Fatalf("due %s, want the charge back", d)
	}
}

func TestADeadlineIsRaised(t *testing.T) {
	charge := testPolicy()
	charge.Instant, charge.AfterDeadline = true, AfterDeadlineCharge
	raise := charge
	raise.AfterDeadline = AfterDeadlineRaise
	for _, c := range []struct {
		name   string
		policy Policy
		sent   bool
	}{
		{"where the policy says so", raise, true},
		{"where the replacement was not sent", charge, false},
		{"where the policy says so, and it was not sent", raise, false},
	} {
		m := newModel(t, 1, c.policy, 0)
		m.shop.Mandates = []string{"pm1"}
		m.request()
		m.run()
		m.portal("shipment.event.in_transit")
		m.run()
		if c.sent {
			m.ship()
			m.run()
		}
		m.later(60)
		if !raised(m.x, ReturnOverdue) || len(m.moved) > 0 {
			t.Errorf("%s: raised %v, moved %v", c.name, m.x.Raised, m.moved)
		}
		if !c.sent {
			continue
		}
		m.says(WrittenOff, nil)
		if m.x.Stage != Completed || len(m.x.Raised) > 0 {
			t.Errorf("%s: stage %s, raised %v, want completed once it is written off; waiting for %v", c.name, m.x.Stage, m.x.Raised, m.x.Waiting())
		}
	}
}

func TestHowLongADeadlineIsPutOff(t *testing.T) {
	released := testTime
	set := released.AddDate(0, 0, 21)
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		change func(*Exchange)
		want   time.Time
	}{
		{"not at all, if nothing was seen", func(*Exchange) {}, set},
		{"not by a scan long ago", func(x *Exchange) { x.Facts.Portal.Scans = []Scan{{Tracking: "b", InTransit: released}} }, set},
		{"by two weeks from a scan", func(x *Exchange) { x.Facts.Portal.Scans = []Scan{{Tracking: "b", InTransit: set.Add(-day)}} }, set.Add(13 * day)},
		{"by a week from the delivery", func(x *Exchange) {
			x.Facts.Portal.Scans = []Scan{{Tracking: "b", InTransit: set.Add(-2 * day), Delivered: set.Add(-day)}}
		}, set.Add(6 * day)},
		{"by a month at most", func(x *Exchange) { x.Facts.Portal.Scans = []Scan{{Tracking: "b", InTransit: set.Add(28 * day)}} }, set.Add(30 * day)},
		{"not once the warehouse has taken the parcel in", func(x *Exchange) {
			x.Facts.Portal.Scans = []Scan{{Tracking: "b", Delivered: set.Add(-day)}}
			x.Facts.ReturnOrder = &ReturnOrder{Status: Status{Role: RoleReturned}}
		}, set},
		{"not by the parcel that carries the replacement", func(x *Exchange) {
			x.Facts.Portal.Scans = []Scan{{Tracking: "out", InTransit: set}}
			x.Facts.Order = &Order{Parcels: []Parcel{{Waybill: "out"}}}
		}, set},
		{"not by what was said before the portal reset the return", func(x *Exchange) {
			x.Facts.Portal.Scans = []Scan{{Tracking: "b", InTransit: set}}
			x.Facts.Portal.Reset = set.Add(time.Hour)
		}, set},
	} {
		x := New("ex_1", "nordwear", testPolicy(), testTime)
		x.Since = append(x.Since, StageAt{Released, released})
		c.change(&x)
		if got := x.deadline(); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAnArticleThatHasAnotherNumberNowComesBack: the variant was deleted or renumbered since, and the original order names
// the line by its id.
func TestAnArticleThatHasAnotherNumberNowComesBack(t *testing.T) {
	for _, article := range []string{"", "M-new"} {
		p := testPolicy()
		p.Instant, p.AfterDeadline = true, AfterDeadlineCharge
		m := newModelOf(t, 1, p, 0, []int{2}, []int{2})
		m.shop.Mandates = []string{"pm1"}
		m.shop.ReturnLines[0].Article = article
		m.original.Lines[0].ExternalID = m.shop.ReturnLines[0].LineItemID
		m.request()
		m.run()
		m.portal("shipment.event.in_transit")
		m.run()
		m.ship()
		m.run()
		m.receive(1)
		m.run()
		m.later(60)
		if m.net() != testValue || m.shop.ReturnLines[0].Processed != 1 {
			t.Errorf("article %q: %d charged, %d processed, want one item charged and one processed; stage %s, raised %v", article, m.net(), m.shop.ReturnLines[0].Processed, m.x.Stage, m.x.Raised)
		}
		if m.shop.ReturnLines[0].ReverseLines[0].Disposed != 1 {
			t.Errorf("article %q: %d disposed of, want the one that came", article, m.shop.ReturnLines[0].ReverseLines[0].Disposed)
		}
	}
}

// TestGoodsThatNobodyToldOfAreNotCharged: they came back, and the warehouse's webhook was lost. What is read of the return
// is older than the deadline, and nothing is read any more once it is charged.
func TestGoodsThatNobodyToldOfAreNotCharged(t *testing.T) {
	p := testPolicy()
	p.Instant, p.AfterDeadline = true, AfterDeadlineCharge
	m := newModel(t, 1, p, 0)
	m.shop.Mandates = []string{"pm1"}
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.ship()
	m.run()
	m.receive()
	m.queue = nil
	for i := range m.owed { // the timer comes before the next poll
		if m.owed[i].Kind == KindTimer {
			m.owed[i].Due = m.x.deadline()
		}
	}
	m.now = m.x.deadline()
	m.owed = slices.DeleteFunc(m.owed, func(e Effect) bool { return e.Kind == KindRead && e.Read.Target == ReadReturnOrder })
	m.run()
	if len(m.moved) > 0 || m.x.Stage != Completed || raised(m.x, ReturnOverdue) {
		t.Fatalf("stage %s, moved %v; raised %v; waiting for %v", m.x.Stage, m.moved, m.x.Raised, m.x.Waiting())
	}
}
