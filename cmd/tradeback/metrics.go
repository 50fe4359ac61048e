package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
)

// workMetrics count what inbox, outbox and store do. Every series is there from the start, at zero.
type workMetrics struct {
	effects *prometheus.CounterVec
	moves   *prometheus.CounterVec
}

func newWorkMetrics(r *prometheus.Registry, st *store.Store) *workMetrics {
	m := &workMetrics{
		effects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_effect_attempts_total", Help: "Attempts to deliver effects, by how they ended.",
		}, []string{"kind", "result"}),
		moves: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradeback_exchange_stages_entered_total", Help: "Stages that exchanges entered.",
		}, []string{"stage"}),
	}
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
	r.MustRegister(m.effects, m.moves,
		counter("tradeback_store_rounds_total", "Durable rounds of the store.", func(s store.Stats) uint64 { return s.Rounds }),
		counter("tradeback_store_operations_total", "Operations that those rounds carried.", func(s store.Stats) uint64 { return s.Ops }),
	)
	return m
}

func (m *workMetrics) settled(s outbox.Settled) {
	m.effects.WithLabelValues(string(s.Kind), s.Result).Inc()
}

func (m *workMetrics) moved(_, to exchange.Stage) { m.moves.WithLabelValues(string(to)).Inc() }
