package sim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Modes say how a Courier treats what it is given from now on. The zero value sends everything once, at
// once and in order.
type Modes struct {
	Duplicates int      `json:"duplicates,omitempty"`  // each delivery is sent this many times; 0 and 1 mean once
	Hold       bool     `json:"hold,omitempty"`        // kept until Flush
	Shuffle    bool     `json:"shuffle,omitempty"`     // kept until Flush, which sends in an order drawn from Seed
	Seed       uint64   `json:"seed,omitempty"`        // of Shuffle and JitterMS
	Drop       bool     `json:"drop,omitempty"`        // never sent
	DropLabels []string `json:"drop_labels,omitempty"` // the next delivery of each of these labels is never sent
	DelayMS    int      `json:"delay_ms,omitempty"`    // sent this much later
	JitterMS   int      `json:"jitter_ms,omitempty"`   // and up to this much later again, by chance: disorder without a Flush
	Parallel   int      `json:"parallel,omitempty"`    // sent this many at a time; 0 and 1 mean one
}

// drops says whether a delivery with this label is dropped, and uses up its one-shot.
func (m *Modes) drops(label string) bool {
	if m.Drop {
		return true
	}
	at := slices.Index(m.DropLabels, label)
	if at < 0 {
		return false
	}
	m.DropLabels = slices.Delete(m.DropLabels, at, at+1)
	return true
}

func (m *Modes) delay(dice *rand.Rand) time.Duration {
	ms := m.DelayMS
	if m.JitterMS > 0 {
		ms += dice.IntN(m.JitterMS + 1)
	}
	return time.Duration(ms) * time.Millisecond
}

// diceOf returns the chance that a seed stands for: the same seed, the same disorder.
func diceOf(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // disorder that can be repeated, not a secret
}

// SetModes replaces the modes. What is held stays held until Flush.
func (c *Courier) SetModes(m Modes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.DropLabels = slices.Clone(m.DropLabels)
	c.modes = m
	c.dice = diceOf(m.Seed)
	c.nudge()
}

// SetChance harms webhooks by chance from now on, beside what the modes do; the zero Chance ends that.
func (c *Courier) SetChance(chance Chance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chance, c.drawn = chance, nil
	if chance.Dropped+chance.Doubled+chance.Late > 0 {
		c.drawn = draws{}
	}
}

// Flush sends what is held, shuffled if the modes say so, and returns how much that is.
func (c *Courier) Flush() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var held []*letter
	for _, l := range c.all {
		if l.state == Held {
			held = append(held, l)
		}
	}
	if c.modes.Shuffle {
		c.dice.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	}
	for _, l := range held {
		c.seq++
		l.seq = c.seq // the order of sending is the order of this loop
		c.post(l, c.modes.delay(c.dice))
	}
	return len(held)
}

// The states of a delivery.
const (
	Held      = "held"      // until Flush
	Waiting   = "waiting"   // for its turn or for a retry
	Delivered = "delivered" // answered 2xx
	GivenUp   = "given_up"  // its retries are spent
	Dropped   = "dropped"   // never sent
)

// A Record says what became of one delivery. Status is that of the last answer, 0 if there was none.
type Record struct {
	Label    string `json:"label"`
	URL      string `json:"url"`
	State    string `json:"state"`
	Attempts int    `json:"attempts"`
	Status   int    `json:"status"`
	Error    string `json:"error,omitempty"`
	Body     string `json:"body"`
}

// Records returns what became of every delivery so far, in the order they were enqueued.
func (c *Courier) Records() []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	records := make([]Record, 0, len(c.all))
	for _, l := range c.all {
		records = append(records, Record{
			Label: l.Label, URL: l.URL, State: l.state, Attempts: l.attempts, Status: l.status, Error: l.err, Body: string(l.Body),
		})
	}
	return records
}

// Reset forgets all deliveries, sent or not, and goes back to the zero modes.
func (c *Courier) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.era++
	c.all, c.queue, c.modes = nil, nil, Modes{}
	c.dice = diceOf(0)
	c.chance, c.drawn = Chance{}, nil
	c.tell()
}
