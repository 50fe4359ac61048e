package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report is everything that was measured.
type Report struct {
	Go        string    `json:"go"`
	OS        string    `json:"os"`
	Arch      string    `json:"arch"`
	CPUs      int       `json:"cpus"`
	Ingest    Ingest    `json:"ingest"`
	Exchanges Exchanges `json:"exchanges"`
	Decide    Decide    `json:"decide"`
}

// Run measures everything, one after the other.
func Run(ctx context.Context, o Options) (Report, error) {
	r := Report{Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU()}
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"decide", func() (err error) { r.Decide, err = MeasureDecide(); return err }},
		{"ingest", func() (err error) { r.Ingest, err = MeasureIngest(ctx, o); return err }},
		{"exchanges", func() (err error) { r.Exchanges, err = MeasureExchanges(ctx, o); return err }},
	} {
		if o.Only != "" && o.Only != part.name {
			continue
		}
		if err := part.measure(); err != nil {
			return r, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return r, nil
}

// Table is a part of a report for people. The heading's columns are parted by tabs.
type Table struct {
	Heading string
	Rows    [][]string
}

// Tables are the report for people.
func (r Report) Tables() []Table {
	in := r.Ingest
	ingest := Table{
		fmt.Sprintf("ingest: %d connections, %d bytes\tevents/s\tof reference\tp50\tp99\tcpu/event\tof Redis\tops/commit\tmemory", in.Connections, in.Bytes),
		nil,
	}
	if len(in.Stores) > 0 {
		ingest.Rows = append(ingest.Rows, in.Reference.row("reference: digest compared, nothing kept", 1))
	}
	bars := Table{Heading: "bar\twant\tnext\tgot\t"}
	for _, s := range in.Stores {
		ingest.Rows = append(ingest.Rows,
			s.Plain.row(s.Store+": authenticated, kept once, durable", s.Ratio),
			s.Whole.row(s.Store+": the same, about orders that are not ours", s.Whole.PerSecond/in.Reference.PerSecond),
			[]string{"  until none of them waits for the inbox", fmt.Sprintf("%.0f", s.Whole.Settled)},
			[]string{"  at half of that rate", fmt.Sprintf("%.0f", s.Half.PerSecond), "", millis(s.Half.P50), millis(s.Half.P99)},
		)
		bars.Rows = append(bars.Rows,
			atLeast(s.Store+": ingest ÷ reference", in.Bar, s.Next, s.Ratio),
			[]string{s.Store + ": acknowledged at half of that rate, p99", "", "≤ " + millis(HalfBy), millis(s.Half.P99), verdict(true, s.Half.P99 <= HalfBy)},
			[]string{s.Store + ": memory of serve under load", "", "≤ " + megabytes(Memory), megabytes(s.Whole.Resident), verdict(true, s.Whole.Resident <= Memory)},
			atLeast(s.Store+": event about an order that is not ours ÷ plain ingest", 0, 0.95, s.WholeRatio),
		)
	}
	for _, s := range r.Exchanges.Stores {
		bars.Rows = append(bars.Rows,
			atLeast(s.Store+": exchanges ÷ plain loop", r.Exchanges.Bar, r.Exchanges.Next, s.Ratio),
			[]string{s.Store + ": exchanges per second", "", fmt.Sprintf("≥ %.0f", ExchangesPerSec), fmt.Sprintf("%.0f", s.PerSecond), verdict(true, s.PerSecond >= ExchangesPerSec)},
			[]string{s.Store + ": memory of serve under exchanges", "", "≤ " + megabytes(Memory), megabytes(s.Resident), verdict(true, s.Resident <= Memory)},
		)
	}
	tables := []Table{
		ingest, r.Exchanges.table(), bars,
		{"Decide\tns/event\tallocs/event\tbytes/event", [][]string{{
			fmt.Sprintf("%d events of one exchange", r.Decide.Events), fmt.Sprint(r.Decide.PerEvent.Nanoseconds()),
			fmt.Sprintf("%.1f", r.Decide.Allocs), fmt.Sprint(r.Decide.Bytes),
		}}},
		{"machine\t\t", [][]string{{
			fmt.Sprintf("%d CPUs, %s/%s, %s", r.CPUs, r.OS, r.Arch, r.Go), "a page to disk takes " + millis(in.Flush),
			"the load itself " + micros(in.LoadCPU) + " per event",
		}}},
	}
	if r.Decide.Events == 0 {
		tables[3].Rows = nil
	}
	tables = slices.DeleteFunc(tables, func(t Table) bool { return len(t.Rows) == 0 }) // what was not measured
	for _, t := range tables {
		t.even()
	}
	return tables
}

func (x Exchanges) table() Table {
	t := Table{Heading: fmt.Sprintf("exchanges: %d connections, %d at a time each\tper s\tof plain loop\tcalls\tdurable rounds\toperations\tack p50\tp99\tcpu\tof Redis\tmemory", x.Connections, x.Abreast)}
	for _, s := range x.Stores {
		t.Rows = append(t.Rows,
			[]string{s.Store + ": plain loop, nothing kept", fmt.Sprintf("%.0f", s.Plain), "1.00", fmt.Sprintf("%.1f", s.PlainCalls), "", "", "", "", millis(s.PlainCPU)},
			[]string{
				s.Store + ": carried by serve, all durable", fmt.Sprintf("%.0f", s.PerSecond), fmt.Sprintf("%.2f", s.Ratio),
				fmt.Sprintf("%.1f", s.Calls), fmt.Sprintf("%.1f", s.Rounds), fmt.Sprintf("%.1f", s.Operations), millis(s.Delay.P50), millis(s.Delay.P99),
				millis(s.CPU), someMillis(s.StoreCPU), megabytes(s.Resident),
			},
		)
	}
	return t
}

// even gives all rows as many cells as the heading has, so that the columns stand below each other.
func (t Table) even() {
	for i, row := range t.Rows {
		t.Rows[i] = append(row, make([]string, strings.Count(t.Heading, "\t")+1-len(row))...)
	}
}

func (r Rate) row(name string, ratio float64) []string {
	per := ""
	if r.PerRound > 0 {
		per = fmt.Sprintf("%.1f", r.PerRound)
	}
	return []string{
		name, fmt.Sprintf("%.0f", r.PerSecond), fmt.Sprintf("%.2f", ratio), millis(r.Delay.P50), millis(r.Delay.P99),
		micros(r.CPU), some(r.StoreCPU), per, megabytes(r.Resident),
	}
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1fms", float64(d.Nanoseconds())/1e6) }

func micros(d time.Duration) string { return fmt.Sprintf("%.1fµs", float64(d.Nanoseconds())/1e3) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }

func someMillis(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return millis(d)
}

// some is nothing for nothing.
func some(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return micros(d)
}

// atLeast is the row of a ratio that must reach a bar now, and another one later. 0: there is none now.
func atLeast(name string, bar, next, got float64) []string {
	want := ""
	if bar > 0 {
		want = fmt.Sprintf("≥ %.2f", bar)
	}
	return []string{name, want, fmt.Sprintf("≥ %.2f", next), fmt.Sprintf("%.2f", got), verdict(got >= bar, got >= next)}
}

// verdict says which bars are met: that of now, and the next one.
func verdict(bar, next bool) string {
	switch {
	case next:
		return "met"
	case bar:
		return "next"
	default:
		return "missed"
	}
}
