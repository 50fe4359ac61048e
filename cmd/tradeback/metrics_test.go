package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// gathered are the metrics of a process that has just begun, as serve registers them.
func gathered(t *testing.T, st *store.Store, now func() time.Time) (*server.Metrics, *workMetrics, *census) {
	t.Helper()
	m := server.NewMetrics()
	work, counted := newWorkMetrics(m.Registry, st), newCensus(m.Registry, now)
	m.Registry.MustRegister(newLaneMetrics(&peers{}))
	return m, work, counted
}

func metricsStore(t *testing.T) *store.Store {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st := store.New(e)
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// ours are the metrics that tradeback itself makes, by name.
func ours(t *testing.T, m *server.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	all, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*dto.MetricFamily{}
	for _, f := range all {
		if strings.HasPrefix(f.GetName(), "tradeback_") {
			found[f.GetName()] = f
		}
	}
	return found
}

// fromTheFirst are metrics whose series come with what they are about.
var fromTheFirst = []string{
	"tradeback_http_request_duration_seconds histogram: with the first answer of a route",
	"tradeback_money_captured_minor_units_total counter: with the first exchange in a currency, before money moves",
	"tradeback_money_refunded_minor_units_total counter: with the first exchange in a currency, before money moves",
}

func TestEverySeriesIsThereFromTheStart(t *testing.T) {
	m, _, _ := gathered(t, metricsStore(t), time.Now)
	var lines []string
	for name, f := range ours(t, m) {
		values := map[string][]string{}
		var labels []string
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if !slices.Contains(labels, l.GetName()) {
					labels = append(labels, l.GetName())
				}
				if !slices.Contains(values[l.GetName()], l.GetValue()) {
					values[l.GetName()] = append(values[l.GetName()], l.GetValue())
				}
			}
		}
		line := fmt.Sprintf("%s %s: %d series", name, strings.ToLower(f.GetType().String()), len(f.GetMetric()))
		for _, l := range labels {
			slices.Sort(values[l])
			line += fmt.Sprintf("\n  %s: %s", l, strings.Join(values[l], ", "))
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	golden(t, "metrics.txt", strings.Join(append(lines, fromTheFirst...), "\n")+"\n")
}

func TestMetricsAreNamedByTheConventions(t *testing.T) {
	m, _, _ := gathered(t, metricsStore(t), time.Now)
	for name, f := range ours(t, m) {
		counter := f.GetType() == dto.MetricType_COUNTER
		if counter != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s: counters, and they alone, end in _total", name, strings.ToLower(f.GetType().String()))
		}
		if f.GetHelp() == "" || !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("%s has the help %q", name, f.GetHelp())
		}
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if slices.Contains([]string{"connection", "exchange", "id", "key", "address"}, l.GetName()) {
					t.Errorf("%s has the label %s, which has no bound", name, l.GetName())
				}
			}
		}
	}
}

// value is of the series with these label values.
func value(t *testing.T, m *server.Metrics, name string, labels ...string) float64 {
	t.Helper()
	f := ours(t, m)[name]
	for _, one := range f.GetMetric() {
		var has []string
		for _, l := range one.GetLabel() {
			has = append(has, l.GetValue())
		}
		slices.Sort(has)
		want := slices.Sorted(slices.Values(labels))
		if slices.Equal(has, want) {
			return one.GetGauge().GetValue() + one.GetCounter().GetValue()
		}
	}
	t.Fatalf("%s has no series %v", name, labels)
	return 0
}

func TestWhatAConnectionHoldsIsCounted(t *testing.T) {
	st := metricsStore(t)
	now := rigTime
	m, _, counted := gathered(t, st, func() time.Time { return now })
	fence, err := st.Own(t.Context(), "nordwear", "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(age time.Duration, stage exchange.Stage, raised ...string) {
		t.Helper()
		x := exchange.New(exchange.ID(ident.First("ex_", now.Add(-age))), "nordwear", exchange.Policy{}, now.Add(-age))
		x.Version, x.Stage = 1, stage
		for _, code := range raised {
			x.Raised = append(x.Raised, exchange.Raised{Code: code})
		}
		if err := st.Commit(t.Context(), store.Step{Conn: "nordwear", Fence: fence, Next: &x}); err != nil {
			t.Fatal(err)
		}
	}
	keep(time.Hour, exchange.Open)
	keep(24*time.Hour, exchange.Open) // to the millisecond
	keep(3*24*time.Hour, exchange.Open, "money_mismatch", "payment_due")
	keep(9*24*time.Hour, exchange.Open)
	keep(10*24*time.Hour, exchange.Open, "payment_due")
	keep(11*24*time.Hour, exchange.Completed)
	item := func(id string, kind store.Kind, state store.State, age time.Duration, reason string) store.Item {
		return store.Item{ID: id, Conn: "nordwear", Kind: kind, State: state, Topic: "capture", Received: now.Add(-age), Due: now.Add(-age), Reason: reason, Ref: "r", Body: []byte(`{}`)}
	}
	if err := st.Commit(t.Context(), store.Step{Conn: "nordwear", Fence: fence, Items: []store.Item{
		item("ex_1/capture/a", store.Effect, store.Dead, time.Hour, "gave_up: 502"),
		item("ev_1", store.Event, store.Dead, time.Hour, "handling it panicked (string)"),
		item("ev_2", store.Event, store.Waiting, 2*time.Minute, ""),
		item("ev_3", store.Event, store.Waiting, time.Minute, ""),
		item("ev_4", store.Event, store.Parked, time.Hour, ""),
		item("ev_5", store.Event, store.Quarantined, time.Hour, ""),
	}}); err != nil {
		t.Fatal(err)
	}
	c := &counting{census: counted, conn: "nordwear", store: st, log: zerolog.Nop(), seen: func(string) {}}
	for range 2 { // the second adds nothing
		if err := c.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * time.Minute)
	}
	now = rigTime
	want := map[string]float64{
		"tradeback_exchanges open under_1d": 1, "tradeback_exchanges open 1d_to_7d": 2, "tradeback_exchanges open over_7d": 2,
		"tradeback_exchanges sent over_7d": 0, "tradeback_exchanges_raised payment_due": 2, "tradeback_exchanges_raised money_mismatch": 1,
		"tradeback_dead_letters capture/gave_up": 1, "tradeback_dead_letters event/panicked": 1,
		"tradeback_events_set_aside parked": 1, "tradeback_events_set_aside quarantined": 1, "tradeback_oldest_waiting_event_age_seconds": 120,
	}
	for series, n := range want {
		name, labels, _ := strings.Cut(series, " ")
		if got := value(t, m, name, strings.Fields(labels)...); got != n {
			t.Errorf("%s = %v, want %v", series, got, n)
		}
	}
	c.forget() // another process owns it now
	for series := range want {
		name, labels, _ := strings.Cut(series, " ")
		if got := value(t, m, name, strings.Fields(labels)...); got != 0 {
			t.Errorf("%s = %v after the connection is given up", series, got)
		}
	}
}

func TestMoneyIsCountedByCurrency(t *testing.T) {
	m, work, _ := gathered(t, metricsStore(t), time.Now)
	sek := func(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "SEK"} }
	work.seen("JPY")
	for _, step := range [][2]int64{{0, 0}, {0, 5000}, {5000, 5000}, {5000, 4000}, {5000, 5500}} {
		count(work.captured, sek(step[0]), sek(step[1]))
	}
	count(work.refunded, exchange.Money{}, sek(700))
	for series, want := range map[string]float64{"captured SEK": 5500, "captured JPY": 0, "refunded SEK": 700, "refunded JPY": 0} {
		way, currency, _ := strings.Cut(series, " ")
		if got := value(t, m, "tradeback_money_"+way+"_minor_units_total", currency); got != want {
			t.Errorf("%s = %v, want %v", series, got, want)
		}
	}
}
