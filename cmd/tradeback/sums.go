package main

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradeback/tradeback/internal/store"
)

// sums are gauges of sums over the connections, without naming them: their number has no bound.
type sums struct {
	*prometheus.GaugeVec
	mu sync.Mutex
	by map[store.Conn]map[string]float64
}

func newSums(name, help string, by ...string) *sums {
	return &sums{GaugeVec: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, by), by: map[store.Conn]map[string]float64{}}
}

// labels are the values of a gauge's labels, as set knows them.
func labels(values ...string) string { return strings.Join(values, "\x00") }

// set says what a connection adds to the gauges from now on; nil: nothing.
func (s *sums) set(c store.Conn, values map[string]float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, value := range s.by[c] {
		if _, stays := values[at]; !stays {
			s.at(at).Sub(value)
		}
	}
	for at, value := range values {
		s.at(at).Add(value - s.by[c][at])
	}
	s.by[c] = values
	if values == nil {
		delete(s.by, c)
	}
}

func (s *sums) at(values string) prometheus.Gauge {
	if values == "" {
		return s.WithLabelValues()
	}
	return s.WithLabelValues(strings.Split(values, "\x00")...)
}
