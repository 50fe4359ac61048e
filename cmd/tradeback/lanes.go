package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// laneMetrics tell how the lanes stand, without naming the connections: their number has no bound.
type laneMetrics struct {
	peers  *peers
	state  *prometheus.Desc
	queued *prometheus.Desc
	calls  *prometheus.Desc
}

func newLaneMetrics(p *peers) *laneMetrics {
	return &laneMetrics{
		peers:  p,
		state:  prometheus.NewDesc("tradeback_lanes", "Lanes by peer and by the state of their breaker.", []string{"peer", "state"}, nil),
		queued: prometheus.NewDesc("tradeback_lane_calls_waiting", "Calls that wait for their turn.", []string{"peer"}, nil),
		calls:  prometheus.NewDesc("tradeback_lane_calls_total", "Calls to peers, by how they ended.", []string{"peer", "result"}, nil),
	}
}

// Describe and Collect make it a prometheus.Collector.
func (m *laneMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.state, m.queued, m.calls} {
		out <- d
	}
}

func (m *laneMetrics) Collect(out chan<- prometheus.Metric) {
	for peer, lanes := range m.peers.lanes() {
		states, calls, queued := map[string]int{}, lane.NoCalls(), 0
		for _, l := range lanes {
			s := l.Snapshot()
			states[s.Breaker]++
			queued += s.Waiting
			for result, n := range s.Calls {
				calls[result] += n
			}
		}
		for _, state := range lane.States {
			out <- prometheus.MustNewConstMetric(m.state, prometheus.GaugeValue, float64(states[state]), string(peer), state)
		}
		out <- prometheus.MustNewConstMetric(m.queued, prometheus.GaugeValue, float64(queued), string(peer))
		for result, n := range calls {
			out <- prometheus.MustNewConstMetric(m.calls, prometheus.CounterValue, float64(n), string(peer), result)
		}
	}
}

// lanes are those that were made, by peer. They are kept as long as the process lives, so that what they count only
// grows.
func (p *peers) lanes() map[exchange.PeerName][]*lane.Lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[exchange.PeerName][]*lane.Lane{exchange.PeerOngoing: nil, exchange.PeerShopify: nil}
	for _, k := range p.kept {
		out[exchange.PeerOngoing] = append(out[exchange.PeerOngoing], k.toOngoing)
		out[exchange.PeerShopify] = append(out[exchange.PeerShopify], k.toShop)
	}
	return out
}
