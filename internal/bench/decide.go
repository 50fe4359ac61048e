package bench

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Decide is what the rules cost: no store, no JSON, no network.
type Decide struct {
	Events   int           `json:"events"` // of the story
	PerEvent time.Duration `json:"ns_per_event"`
	Allocs   float64       `json:"allocs_per_event"`
	Bytes    int64         `json:"bytes_per_event"`
}

// storyText is the journal's events of a regular exchange with a price difference, from the request to its end,
// as serve recorded them.
//
//go:embed testdata/story.json
var storyText []byte

// story is an exchange before its first event, and all that it was told.
type story struct {
	Begin  exchange.Exchange `json:"begin"`
	Events []exchange.Event  `json:"events"`
}

func readStory() (s story, err error) {
	if err = json.Unmarshal(storyText, &s); err != nil {
		err = fmt.Errorf("read the story: %w", err)
	}
	return s, err
}

// tell decides every event of the story in turn.
func (s story) tell() (exchange.Exchange, error) {
	x := s.Begin
	for _, ev := range s.Events {
		next, _, err := exchange.Step(x, ev)
		if err != nil {
			return x, err
		}
		x = next
	}
	return x, nil
}

// MeasureDecide measures Decide over a whole exchange's events.
func MeasureDecide() (Decide, error) {
	s, err := readStory()
	if err != nil {
		return Decide{}, err
	}
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, failed := s.tell(); failed != nil {
				err = failed
			}
		}
	})
	n := len(s.Events)
	return Decide{
		Events: n, PerEvent: time.Duration(r.NsPerOp()) / time.Duration(n),
		Allocs: float64(r.AllocsPerOp()) / float64(n), Bytes: r.AllocedBytesPerOp() / int64(n),
	}, err
}
