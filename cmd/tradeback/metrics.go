package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradeback/tradeback/internal/announce"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/subscription"
)

// workMetrics count what inbox, outbox and store do. Every series is there from the start, at zero.
type workMetrics struct {
	effects *prometheus.CounterVec
	moves   *prometheus.CounterVec

	sweeps  *prometheus.CounterVec
	found   *prometheus.CounterVec
	changes *prometheus.CounterVec
	strays  *sums
	made    prometheus.Counter
	missing *sums
	fallen  *sums
	private *prometheus.CounterVec
	erased  prometheus.Counter
	news    *prometheus.CounterVec
	dropped *prometheus.CounterVec

	captured *prometheus.CounterVec
	refunded *prometheus.CounterVec
}

// one is the value of a gauge without labels.
func one(value float64) map[string]float64 { return map[string]float64{"": value} }

func newWorkMetrics(r *prometheus.Registry, st *store.Store) *workMetrics {
	m := &workMetrics{
		effects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_effect_attempts_total", Help: "Attempts to deliver effects, by how they ended.",
		}, []string{"kind", "result"}),
		moves: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_exchange_stages_entered_total", Help: "Stages that exchanges entered.",
		}, []string{"stage"}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_reconcile_sweeps_total", Help: "Sweeps of reconcile, by how they ended.",
		}, []string{"result"}),
		found: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_reconcile_found_total", Help: "What reconcile found that no webhook had told, by what it was of.",
		}, []string{"object"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_peer_changes_total", Help: "Changes of the peers' objects that were not made by us, by whether a webhook told of them.",
		}, []string{"peer", "told"}),
		strays:  newSums("tradeback_reconcile_strays", "Orders and fulfillments that should not be there, as reconcile sees them."),
		made:    prometheus.NewCounter(prometheus.CounterOpts{Name: "tradeback_shopify_subscriptions_made_total", Help: "Webhook subscriptions that were made in Shopify."}),
		missing: newSums("tradeback_shopify_subscriptions_missing", "Webhook subscriptions that are wanted and are not there in Shopify."),
		fallen:  newSums("tradeback_shopify_api_version_fallen_forward", "Connections whose shop is served by another version of the API than the one asked for."),
		captured: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_money_captured_minor_units_total", Help: "Money that exchanges took, whoever moved it, in the currency's minor unit.",
		}, []string{"currency"}),
		refunded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_money_refunded_minor_units_total", Help: "Money that exchanges gave back, whoever moved it, in the currency's minor unit.",
		}, []string{"currency"}),
	}
	for _, g := range []*sums{m.strays, m.missing, m.fallen} {
		g.WithLabelValues()
	}
	m.private = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tradeback_privacy_requests_done_total", Help: "Shopify's privacy requests that were done.",
	}, []string{"topic"})
	m.erased = prometheus.NewCounter(prometheus.CounterOpts{Name: "tradeback_privacy_bodies_erased_total", Help: "Raw bodies that were erased because of such requests."})
	for _, topic := range []string{privacy.DataRequest, privacy.CustomerRedact, privacy.ShopRedact} {
		m.private.WithLabelValues(topic)
	}
	m.news = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tradeback_announcement_attempts_total", Help: "Attempts to tell subscribers, by how they ended.",
	}, []string{"result"})
	for _, result := range announce.Results {
		m.news.WithLabelValues(result)
	}
	m.dropped = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tradeback_retention_dropped_total", Help: "Rows that were past their time, by what they were.",
	}, []string{"kind"})
	m.pastTime(store.Swept{})
	for _, result := range []string{"done", "broken_off"} {
		m.sweeps.WithLabelValues(result)
	}
	for _, t := range []exchange.Target{exchange.ReadOrder, exchange.ReadReturnOrder, exchange.ReadShop, "return"} {
		m.found.WithLabelValues(string(t))
	}
	for _, p := range []exchange.PeerName{exchange.PeerOngoing, exchange.PeerShopify} {
		for _, told := range []string{"yes", "no"} {
			m.changes.WithLabelValues(string(p), told)
		}
	}
	ends := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "tradeback_shopify_api_version_end_timestamp_seconds", Help: "Until when Shopify supports the version of its API that is asked for, at least.",
	})
	ends.Set(float64(connection.ShopifyVersionEnds().Unix()))
	for _, a := range exchange.Acts() {
		for _, result := range outbox.Results {
			m.effects.WithLabelValues(string(a.Kind), result)
		}
	}
	for _, s := range exchange.Stages() {
		m.moves.WithLabelValues(string(s))
	}
	counter := func(name, help string, value func(store.Stats) uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value(st.Stats())) })
	}
	r.MustRegister(m.effects, m.moves, m.sweeps, m.found, m.changes, m.strays, m.made, m.missing, m.fallen, m.private, m.erased, m.news, m.dropped, ends, m.captured, m.refunded,
		counter("tradeback_store_rounds_total", "Durable rounds of the store.", func(s store.Stats) uint64 { return s.Rounds }),
		counter("tradeback_store_rounds_failed_total", "Rounds that could not be made durable: what they held was refused, or is tried again.", func(s store.Stats) uint64 { return s.Failed }),
		counter("tradeback_store_operations_total", "Operations that those rounds carried.", func(s store.Stats) uint64 { return s.Ops }),
	)
	return m
}

func (m *workMetrics) settled(s outbox.Settled) {
	m.effects.WithLabelValues(string(s.Kind), s.Result).Inc()
}

func (m *workMetrics) moved(_, to exchange.Stage) { m.moves.WithLabelValues(string(to)).Inc() }

func (m *workMetrics) swept(c store.Conn, s reconcile.Summary) {
	result := "done"
	if s.Err != nil {
		result = "broken_off"
	}
	m.sweeps.WithLabelValues(result).Inc()
	for t, n := range s.Told {
		m.found.WithLabelValues(string(t)).Add(float64(n))
	}
	m.found.WithLabelValues("return").Add(float64(s.Returns))
	for p, t := range s.Counted {
		m.changes.WithLabelValues(string(p), "yes").Add(float64(t.Changes - t.Missed))
		m.changes.WithLabelValues(string(p), "no").Add(float64(t.Missed))
	}
	m.strays.set(c, one(float64(s.Strays)))
}

func (m *workMetrics) kept(c store.Conn, s subscription.State, made int) {
	m.made.Add(float64(made))
	m.missing.set(c, one(float64(s.Wanted-s.There)))
	fallen := 0.0
	if s.FallenForward() {
		fallen = 1
	}
	m.fallen.set(c, one(fallen))
}

// seen makes a currency's series, at zero, before any money moves in it.
func (m *workMetrics) seen(currency string) {
	if currency != "" {
		m.captured.WithLabelValues(currency)
		m.refunded.WithLabelValues(currency)
	}
}

// committed counts the money that a commit has learned of.
func (m *workMetrics) committed(before, after *exchange.Exchange, e *exchange.Entry) {
	if after.Facts.Shop == nil || e.Event.Kind != exchange.EventRead && e.Event.Kind != exchange.EventOutcome {
		return
	}
	is, was := after.Settlement(), before.Settlement()
	m.seen(is.Captured.Currency)
	count(m.captured, was.Captured, is.Captured)
	count(m.refunded, was.Refunded, is.Refunded)
}

// count adds what an amount has grown by. One that shrank was corrected: what was counted stays.
func count(v *prometheus.CounterVec, was, is exchange.Money) {
	if grown := is.Minor - was.Minor; grown > 0 && is.Currency != "" {
		v.WithLabelValues(is.Currency).Add(float64(grown))
	}
}

func (m *workMetrics) pastTime(s store.Swept) {
	m.dropped.WithLabelValues("raw_body").Add(float64(s.Bodies))
	m.dropped.WithLabelValues("dedupe_key").Add(float64(s.Keys))
	m.dropped.WithLabelValues("ignored_event").Add(float64(s.Ignored))
	m.dropped.WithLabelValues("parked_item").Add(float64(s.Parked))
}

func (m *workMetrics) redacted(r privacy.Record) {
	m.private.WithLabelValues(r.Topic).Inc()
	if r.Topic != privacy.DataRequest {
		m.erased.Add(float64(r.Bodies))
	}
}

func (m *workMetrics) told(result string) { m.news.WithLabelValues(result).Inc() }
