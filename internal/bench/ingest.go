package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What ingest must reach.
const (
	Bar    = 0.4                   // of the reference handler
	HalfBy = 20 * time.Millisecond // nearly all answers come at half the rate
	Memory = 80 << 20              // bytes of serve
)

// Ingest is how fast events are taken in, in rounds that alternate between the reference handler and serve.
type Ingest struct {
	Connections int           `json:"connections"`
	Bytes       int           `json:"bytes"` // of each body
	Rounds      int           `json:"rounds"`
	Ratio       float64       `json:"ratio"`       // of Plain to Reference: the median of the rounds'
	Bar         float64       `json:"bar"`         // that Ratio must reach
	WholeRatio  float64       `json:"whole_ratio"` // of Whole to Plain
	Reference   Rate          `json:"reference"`   // the handler that keeps nothing
	Plain       Rate          `json:"plain"`       // events are kept whole; nobody takes them further
	Whole       Rate          `json:"whole"`       // events about orders that are not ours, with everything at work
	Half        Delay         `json:"half"`        // of serve, inbox and all, at half the rate of Whole
	Flush       time.Duration `json:"flush_ns"`    // of one page to the disk that the stores are on
	LoadCPU     time.Duration `json:"load_cpu_ns"` // that the load itself used per event of the reference
}

// Rate is the median round.
type Rate struct {
	PerSecond float64       `json:"per_second"`
	Delay     Delay         `json:"delay"`
	CPU       time.Duration `json:"cpu_ns"`                  // that the process used per event, of all its threads
	PerRound  float64       `json:"per_commit,omitempty"`    // operations in one durable round of the store
	Settled   float64       `json:"settled_per_s,omitempty"` // events that also ended in the inbox, until none was left
	Resident  int64         `json:"resident_bytes"`          // memory at most

	load time.Duration // that we used per event
}

// Delay is how long an answer took.
type Delay struct {
	PerSecond float64       `json:"per_second,omitempty"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
}

func delayOf(b burst) Delay { return Delay{P50: b.delay.quantile(.5), P99: b.delay.quantile(.99)} }

// Options say what to measure with.
type Options struct {
	Binary      string        // ourselves
	Dir         string        // where the stores are; it is left as it was
	Connections int           // at a time
	Rounds      int           // per handler
	Round       time.Duration // one round's
	Progress    func(format string, args ...any)
}

// subject is a handler under load.
type subject struct {
	name    string
	process *process
	house   *house // nil: the reference
	shot    *shot
	rounds  []Rate
}

// MeasureIngest measures ingest. Errors: when a process cannot be started, or answers anything but 2xx.
func MeasureIngest(ctx context.Context, o Options) (in Ingest, err error) {
	in = Ingest{Connections: o.Connections, Bytes: bodySize, Rounds: o.Rounds, Bar: Bar}
	if in.Flush, err = flush(o.Dir); err != nil {
		return in, err
	}
	subjects := []*subject{{name: "reference"}, {name: "plain"}, {name: "whole"}}
	defer func() {
		for _, s := range subjects {
			err = errors.Join(err, s.close())
		}
	}()
	for _, s := range subjects {
		if err := s.open(ctx, o); err != nil {
			return in, err
		}
		if _, err := s.measure(ctx, o, o.Round/4); err != nil { // warm up
			return in, err
		}
	}
	for n := range o.Rounds {
		for _, s := range subjects {
			r, err := s.measure(ctx, o, o.Round)
			if err != nil {
				return in, err
			}
			s.rounds = append(s.rounds, r)
			o.Progress("round %d of %d, %s: %.0f/s", n+1, o.Rounds, s.name, r.PerSecond)
		}
	}
	reference, plain, whole := subjects[0], subjects[1], subjects[2]
	in.Reference, in.Plain, in.Whole = median(reference.rounds), median(plain.rounds), median(whole.rounds)
	in.Ratio, in.WholeRatio = ratio(plain.rounds, reference.rounds), ratio(whole.rounds, plain.rounds)
	in.LoadCPU = in.Reference.load
	in.Half, err = whole.half(ctx, o, in.Whole.PerSecond/2)
	return in, err
}

func (s *subject) open(ctx context.Context, o Options) (err error) {
	if s.name == "reference" {
		s.process, err = start(ctx, o.Binary, nil, "bench", "--reference")
	} else {
		s.house, err = build(ctx, o.Dir, s.name, s.name == "whole")
		if err == nil {
			s.process, err = s.house.serve(ctx, o.Binary)
		}
	}
	if err != nil {
		return err
	}
	s.shot = newShot(s.process.Listening, s.name != "plain")
	return nil
}

func (s *subject) close() error {
	var err error
	if s.process != nil {
		err = s.process.stop()
	}
	if s.house != nil {
		err = errors.Join(err, s.house.tear())
	}
	return err
}

func (s *subject) load(o Options, d time.Duration) load {
	return load{addr: s.process.Listening, connections: o.Connections, count: 1 << 24, time: d, shot: s.shot}
}

// measure is one round, until everything that came in has ended.
func (s *subject) measure(ctx context.Context, o Options, d time.Duration) (r Rate, err error) {
	was, err := s.reading()
	if err != nil {
		return r, err
	}
	begun := time.Now()
	b, err := s.load(o, d).run(ctx)
	if err != nil {
		return r, fmt.Errorf("%s: %w: %s", s.name, err, s.process.said)
	}
	r = Rate{PerSecond: b.perSecond(), Delay: delayOf(b)}
	if s.house != nil && s.house.worked {
		if err := s.house.settled(ctx); err != nil {
			return r, err
		}
		r.Settled = float64(b.events) / time.Since(begun).Seconds()
	}
	now, err := s.reading()
	if err != nil {
		return r, err
	}
	r.CPU = (now.cpu - was.cpu) / time.Duration(max(1, b.events)) //nolint:gosec // a count
	r.load = b.cpu / time.Duration(max(1, b.events))              //nolint:gosec // a count
	r.Resident = now.top
	if rounds := now.rounds - was.rounds; rounds > 0 {
		r.PerRound = float64(now.operations-was.operations) / float64(rounds)
	}
	return r, nil
}

// half is how long answers take when events come in evenly, at a rate that leaves the machine half idle.
func (s *subject) half(ctx context.Context, o Options, rate float64) (Delay, error) {
	l := s.load(o, 2*o.Round)
	l.rate = max(1, int(rate))
	b, err := l.run(ctx)
	d := delayOf(b)
	d.PerSecond = b.perSecond()
	return d, err
}

// reading is what a process says of itself, and the system of it.
type reading struct {
	usage
	rounds, operations uint64 // of the store
}

func (s *subject) reading() (r reading, err error) {
	if r.usage, err = s.process.usage(); err != nil || s.house == nil {
		return r, err
	}
	metrics, err := s.process.metrics()
	r.rounds = metrics["tradeback_store_rounds_total"]
	r.operations = metrics["tradeback_store_operations_total"]
	return r, err
}
