package main

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
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
	strays  *perConnection
	made    prometheus.Counter
	missing *perConnection
	fallen  *perConnection
}

// perConnection is a gauge of a sum over the connections, without naming them: their number has no bound.
type perConnection struct {
	prometheus.Gauge
	mu sync.Mutex
	by map[store.Conn]float64
}

func newPerConnection(name, help string) *perConnection {
	return &perConnection{Gauge: prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help}), by: map[store.Conn]float64{}}
}

func (g *perConnection) set(c store.Conn, value float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.Add(value - g.by[c])
	g.by[c] = value
}

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
		strays:  newPerConnection("tradeback_reconcile_strays", "Orders and fulfillments that should not be there, as reconcile sees them."),
		made:    prometheus.NewCounter(prometheus.CounterOpts{Name: "tradeback_shopify_subscriptions_made_total", Help: "Webhook subscriptions that were made in Shopify."}),
		missing: newPerConnection("tradeback_shopify_subscriptions_missing", "Webhook subscriptions that are wanted and are not there in Shopify."),
		fallen:  newPerConnection("tradeback_shopify_api_version_fallen_forward", "Connections whose shop is served by another version of the API than the one asked for."),
	}
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
	r.MustRegister(m.effects, m.moves, m.sweeps, m.found, m.changes, m.strays, m.made, m.missing, m.fallen, ends,
		counter("tradeback_store_rounds_total", "Durable rounds of the store.", func(s store.Stats) uint64 { return s.Rounds }),
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
	m.strays.set(c, float64(s.Strays))
}

func (m *workMetrics) kept(c store.Conn, s subscription.State, made int) {
	m.made.Add(float64(made))
	m.missing.set(c, float64(s.Wanted-s.There))
	fallen := 0.0
	if s.FallenForward() {
		fallen = 1
	}
	m.fallen.set(c, fallen)
}
