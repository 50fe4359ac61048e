package server

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tradeback/tradeback/webhooks"
)

// Metrics are the counts that /metrics shows. Labels are bounded: no name, id or address is among them.
type Metrics struct {
	// Registry is where other parts add what they count.
	Registry *prometheus.Registry

	events   map[ending]prometheus.Counter
	duration *prometheus.HistogramVec
	mu       sync.RWMutex
	known    map[answered]prometheus.Observer // so that no request looks its labels up by hash
}

// ending is how a delivery ended at a door.
type ending struct{ door, result string }

// answered is what an answer's duration is counted by.
type answered struct {
	route, method string
	class         int
}

// NewMetrics has everything at zero, so that a rate can be taken from the first event on.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		events:   map[ending]prometheus.Counter{},
		known:    map[answered]prometheus.Observer{},
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tradeback_http_request_duration_seconds", Help: "How long answers took.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "status"}),
	}
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tradeback_events_received_total", Help: "Deliveries at the doors, by how they ended.",
	}, []string{"door", "result"})
	for _, door := range webhooks.Sources() {
		for _, result := range webhooks.Results {
			m.events[ending{door, result}] = events.WithLabelValues(door, result)
		}
	}
	m.Registry.MustRegister(events, m.duration, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Event counts a delivery. It is the Count of webhooks.Options.
func (m *Metrics) Event(door, result string) {
	if c, ok := m.events[ending{door, result}]; ok {
		c.Inc()
	}
}

// request counts an answer. method is copied where it is kept: fiber uses its buffer again.
func (m *Metrics) request(route, method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	key := answered{route, method, status / 100}
	m.mu.RLock()
	seen := m.known[key]
	m.mu.RUnlock()
	if seen == nil {
		method = strings.Clone(method)
		key.method = method
		seen = m.duration.WithLabelValues(route, method, strconv.Itoa(key.class)+"xx")
		m.mu.Lock()
		m.known[key] = seen
		m.mu.Unlock()
	}
	seen.Observe(took.Seconds())
}
