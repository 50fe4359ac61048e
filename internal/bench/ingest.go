package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What ingest must reach, now and in the end.
const (
	Bar    = 0.4                   // of the reference handler
	HalfBy = 20 * time.Millisecond // nearly all answers come at half the rate
	Memory = 80 << 20              // bytes of serve
)

var ingestNext = map[string]float64{onSQLite: 0.6, onRedis: 0.5}

// Ingest is how fast events are taken in, in rounds that take turns: the reference handler, and a serve on each
// store. What is compared is answers per second on the same connections: the reference reads a webhook and
// compares its token's digest; serve also decodes it, finds out whom it is about, and makes it durable once.
type Ingest struct {
	Connections int           `json:"connections"`
	Bytes       int           `json:"bytes"` // of each body
	Rounds      int           `json:"rounds"`
	Bar         float64       `json:"bar"`         // that ratios must reach
	Reference   Rate          `json:"reference"`   // the handler that keeps nothing
	Stores      []StoreIngest `json:"stores"`      // one after the other
	Flush       time.Duration `json:"flush_ns"`    // of one page to the disk that the stores are on
	LoadCPU     time.Duration `json:"load_cpu_ns"` // that the load itself used per event of the reference
}

// StoreIngest is Ingest on one store.
type StoreIngest struct {
	Store      string  `json:"store"`
	Ratio      float64 `json:"ratio"`       // of Plain to Reference: the median of the rounds'
	Next       float64 `json:"next"`        // that Ratio is to reach later
	WholeRatio float64 `json:"whole_ratio"` // of Whole to Plain
	Plain      Rate    `json:"plain"`       // events are kept whole; nobody takes them further
	Whole      Rate    `json:"whole"`       // events about orders that are not ours, with everything at work
	Half       Delay   `json:"half"`        // of serve, inbox and all, at half the rate of Whole
}

// Rate is the median round.
type Rate struct {
	PerSecond float64       `json:"per_second"`
	Delay     Delay         `json:"delay"`
	CPU       time.Duration `json:"cpu_ns"`                  // that the process used per event, of all its threads
	StoreCPU  time.Duration `json:"store_cpu_ns,omitempty"`  // that Redis used per event
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
	Only        string        // one part alone: decide, ingest or exchanges; empty: all
	Progress    func(format string, args ...any)
}

// subject is a handler under load.
type subject struct {
	name    string
	store   string // empty: the reference
	worked  bool   // the connection is switched on: the inbox takes its events
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
	subjects := []*subject{{name: "reference"}}
	for _, kind := range stores {
		subjects = append(subjects, &subject{name: "plain on " + kind, store: kind}, &subject{name: "whole on " + kind, store: kind, worked: true})
	}
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
			o.Progress("ingest, round %d of %d, %s: %.0f/s", n+1, o.Rounds, s.name, r.PerSecond)
		}
	}
	reference := subjects[0].rounds
	in.Reference = median(reference)
	in.LoadCPU = in.Reference.load
	for i := 1; i < len(subjects); i += 2 {
		plain, whole := subjects[i].rounds, subjects[i+1].rounds
		st := StoreIngest{
			Store: subjects[i].store, Next: ingestNext[subjects[i].store], Plain: median(plain), Whole: median(whole),
			Ratio: ratio(plain, reference), WholeRatio: ratio(whole, plain),
		}
		if st.Half, err = subjects[i+1].half(ctx, o, st.Whole.PerSecond/2); err != nil {
			return in, err
		}
		in.Stores = append(in.Stores, st)
	}
	return in, nil
}

func (s *subject) open(ctx context.Context, o Options) (err error) {
	if s.store == "" {
		s.process, err = start(ctx, o.Binary, nil, "bench", "--reference")
	} else {
		connections := "connections:\n" + connection(connectionName, goodsOwner, s.worked, nowhere)
		s.house, err = build(ctx, o.Dir, s.store, connections)
		if err == nil {
			s.process, err = s.house.serve(ctx, o.Binary, nowhere)
		}
	}
	if err != nil {
		return err
	}
	s.shot = newShot(s.process.Listening, s.store == "" || s.worked)
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
	if s.worked {
		if err := s.house.settled(ctx, connectionName); err != nil {
			return r, err
		}
		r.Settled = float64(b.events) / time.Since(begun).Seconds()
	}
	now, err := s.reading()
	if err != nil {
		return r, err
	}
	r.CPU = (now.cpu - was.cpu) / time.Duration(max(1, b.events))                  //nolint:gosec // a count
	r.StoreCPU = (now.store.cpu - was.store.cpu) / time.Duration(max(1, b.events)) //nolint:gosec // a count
	r.load = b.cpu / time.Duration(max(1, b.events))                               //nolint:gosec // a count
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
	store              usage  // of Redis
	rounds, operations uint64 // of the store
}

func (s *subject) reading() (r reading, err error) {
	if r.usage, err = s.process.usage(); err != nil || s.house == nil {
		return r, err
	}
	if r.store, err = s.house.usage(); err != nil {
		return r, err
	}
	metrics, err := s.process.metrics()
	r.rounds = metrics["tradeback_store_rounds_total"]
	r.operations = metrics["tradeback_store_operations_total"]
	return r, err
}
