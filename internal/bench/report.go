package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// Report is everything that was measured.
type Report struct {
	Go     string `json:"go"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	Ingest Ingest `json:"ingest"`
	Decide Decide `json:"decide"`
}

// Run measures everything, one after the other.
func Run(ctx context.Context, o Options) (Report, error) {
	r := Report{Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU()}
	var err error
	if r.Decide, err = MeasureDecide(); err != nil {
		return r, fmt.Errorf("decide: %w", err)
	}
	if r.Ingest, err = MeasureIngest(ctx, o); err != nil {
		return r, fmt.Errorf("ingest: %w", err)
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
	whole := in.Whole.row("serve: the same, about orders that are not ours", in.Whole.PerSecond/in.Reference.PerSecond)
	return []Table{
		{fmt.Sprintf("ingest: %d connections, %d bytes, SQLite\tevents/s\tof reference\tp50\tp99\tcpu/event\tops/commit\tmemory", in.Connections, in.Bytes), [][]string{
			in.Reference.row("reference: digest compared, nothing kept", 1),
			in.Plain.row("serve: authenticated, kept once, durable", in.Ratio),
			whole,
			{"  until none of them waits for the inbox", fmt.Sprintf("%.0f", in.Whole.Settled)},
			{"  at half of that rate", fmt.Sprintf("%.0f", in.Half.PerSecond), "", millis(in.Half.P50), millis(in.Half.P99)},
		}},
		{"bar\twant\tgot\t", [][]string{
			{"ingest ÷ reference", fmt.Sprintf("≥ %.2f", in.Bar), fmt.Sprintf("%.2f", in.Ratio), verdict(in.Ratio >= in.Bar)},
			{"acknowledged at half of that rate, p99", "≤ " + millis(HalfBy), millis(in.Half.P99), verdict(in.Half.P99 <= HalfBy)},
			{"memory of serve under load", "≤ " + megabytes(Memory), megabytes(in.Whole.Resident), verdict(in.Whole.Resident <= Memory)},
			{"event about an order that is not ours ÷ plain ingest", "", fmt.Sprintf("%.2f", in.WholeRatio), ""},
		}},
		{"Decide\tns/event\tallocs/event\tbytes/event", [][]string{{
			fmt.Sprintf("%d events of one exchange", r.Decide.Events), fmt.Sprint(r.Decide.PerEvent.Nanoseconds()),
			fmt.Sprintf("%.1f", r.Decide.Allocs), fmt.Sprint(r.Decide.Bytes),
		}}},
		{"machine\t\t\t", [][]string{{
			fmt.Sprintf("%d CPUs, %s/%s, %s", r.CPUs, r.OS, r.Arch, r.Go), "a page to disk takes " + millis(in.Flush),
			"the load itself " + micros(in.LoadCPU) + " per event",
		}}},
	}
}

func (r Rate) row(name string, ratio float64) []string {
	per := ""
	if r.PerRound > 0 {
		per = fmt.Sprintf("%.1f", r.PerRound)
	}
	return []string{
		name, fmt.Sprintf("%.0f", r.PerSecond), fmt.Sprintf("%.2f", ratio), millis(r.Delay.P50), millis(r.Delay.P99),
		micros(r.CPU), per, megabytes(r.Resident),
	}
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1fms", float64(d.Nanoseconds())/1e6) }

func micros(d time.Duration) string { return fmt.Sprintf("%.1fµs", float64(d.Nanoseconds())/1e3) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }

func verdict(ok bool) string {
	if ok {
		return "met"
	}
	return "missed"
}
