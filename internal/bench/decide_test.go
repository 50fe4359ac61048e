package bench

import (
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestTheStoryGoesFromTheRequestToTheEnd(t *testing.T) {
	s, err := readStory()
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.tell()
	if err != nil {
		t.Fatal(err)
	}
	if x.Stage != exchange.Completed || x.Version != uint64(len(s.Events)) {
		t.Fatalf("the story ends at stage %s, version %d, want %s after %d events", x.Stage, x.Version, exchange.Completed, len(s.Events))
	}
}

func BenchmarkDecide(b *testing.B) {
	s, err := readStory()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.tell(); err != nil {
			b.Fatal(err)
		}
	}
}
