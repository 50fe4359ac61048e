package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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

func TestAReplicaThatComesBackIsWaitedFor(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, `tradeback_events_received_total{door="ongoing",result="duplicate"} 4`)
	}))
	at := strings.TrimPrefix(server.URL, "http://")
	w := &world{back: &tradeback{replicas: []*replica{{ops: at}, {ops: at}}}}
	if got, err := w.duplicates(t.Context()); err != nil || got != 8 {
		t.Errorf("duplicates = %d, %v, want 8", got, err)
	}
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.duplicates(ctx); err == nil {
		t.Error("of one that does not come back: no error")
	}
}
