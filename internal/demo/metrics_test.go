package demo

import (
	"strings"
	"testing"
)

func TestDuplicatesAreCountedOverAllDoors(t *testing.T) {
	const text = `# HELP tradeback_events_received_total Deliveries at the doors, by how they ended.
# TYPE tradeback_events_received_total counter
tradeback_events_received_total{door="ongoing",result="duplicate"} 4
tradeback_events_received_total{door="ongoing",result="kept"} 2
tradeback_events_received_total{door="portal",result="duplicate"} 3
tradeback_other_total{result="duplicate"} 9
`
	got, err := duplicatesIn(strings.NewReader(text))
	if err != nil || got != 7 {
		t.Errorf("duplicates = %d, %v, want 7", got, err)
	}
	if _, err := duplicatesIn(strings.NewReader("tradeback_up 1\n")); err == nil {
		t.Error("metrics without that counter: no error")
	}
}
