package moving

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Checked is what a connection holds, and what is wrong with it.
type Checked struct {
	Connection store.Conn `json:"connection"` // empty: what belongs to none
	Counts
	Checksum string   `json:"checksum"`
	Faults   int      `json:"faults"`
	Told     []string `json:"told"` // some of the faults; never null
}

// Check reads all of a store and holds it against itself: each exchange has its journal without a gap, which
// ends at its version and stage; its refs find it; every body is JSON of its kind, and of an exchange that is
// there. Of a store that is served, what changes meanwhile is no fault.
func Check(ctx context.Context, st store.Reads, served bool, told func(rows int)) ([]Checked, error) {
	all, err := conns(ctx, st)
	if err != nil {
		return nil, err
	}
	var found []Checked
	for _, conn := range all {
		c := checker{st: st, served: served, known: map[string]*stand{}}
		c.out = Checked{Connection: conn, Told: []string{}}
		err := each(ctx, st, conn, func(rows []store.Row) error {
			for i := range rows {
				if err := c.row(ctx, &rows[i]); err != nil {
					return err
				}
			}
			told(len(rows))
			return nil
		})
		if err != nil {
			return found, err
		}
		c.journals()
		c.out.Counts, c.out.Checksum = c.tally.counts, c.tally.all.String()
		found = append(found, c.out)
	}
	return found, nil
}

// checker checks one connection.
type checker struct {
	st     store.Reads
	served bool
	tally  tally
	known  map[string]*stand
	out    Checked
}

// stand is where an exchange stands, and how far its journal was read.
type stand struct {
	version uint64
	stage   exchange.Stage
	last    uint64
	came    exchange.Stage
}

func (c *checker) fault(format string, args ...any) {
	c.out.Faults++
	if len(c.out.Told) < mostTold {
		c.out.Told = append(c.out.Told, fmt.Sprintf(format, args...))
	}
}

func (c *checker) row(ctx context.Context, r *store.Row) error {
	if err := c.tally.add(*r); err != nil {
		return err
	}
	switch r.Part {
	case store.DocPart:
		if !json.Valid(r.Doc.Body) {
			c.fault("%s is no JSON", r.Name())
		}
	case store.ExchangePart:
		return c.exchange(ctx, r)
	case store.LinePart:
		c.line(r)
	case store.ItemPart:
		c.item(r)
	case store.FencePart, store.KeyPart:
	}
	return nil
}

func (c *checker) exchange(ctx context.Context, r *store.Row) error {
	var x exchange.Exchange
	if !readable(r.Body, &x) || string(x.ID) != r.ID || x.Connection != r.Conn {
		c.fault("%s cannot be read", r.Name())
		c.known[r.ID] = nil
		return nil
	}
	c.known[r.ID] = &stand{version: x.Version, stage: x.Stage, came: exchange.Requested}
	for _, ref := range r.Refs {
		ids, err := c.st.Find(ctx, r.Conn, ref)
		if err != nil {
			return err
		}
		if !slices.Contains(ids, x.ID) && !c.served {
			c.fault("%s is not found by %s", r.Name(), ref.Name)
		}
	}
	return nil
}

func (c *checker) line(r *store.Row) {
	x, known := c.known[r.ID]
	if !known && !c.served {
		c.fault("%s is of an exchange that is not there", r.Name())
	}
	if x == nil {
		return
	}
	var entry exchange.Entry
	switch {
	case !readable(r.Body, &entry) || string(entry.Exchange) != r.ID || entry.Version != r.Version:
		c.fault("%s cannot be read", r.Name())
	case r.Version != x.last+1:
		c.fault("%s follows line %d", r.Name(), x.last)
	case entry.From != x.came:
		c.fault("%s begins at stage %s, and the line before it ends at %s", r.Name(), entry.From, x.came)
	}
	x.last, x.came = r.Version, entry.To
}

// journals holds what the journals came to against the exchanges.
func (c *checker) journals() {
	for _, id := range slices.Sorted(maps.Keys(c.known)) {
		x := c.known[id]
		switch {
		case x == nil:
		case x.last < x.version, x.last > x.version && !c.served:
			c.fault("exchange %s is at version %d, and its journal ends at %d", id, x.version, x.last)
		case x.last == x.version && x.came != x.stage:
			c.fault("exchange %s is %s, and its journal ends at %s", id, x.stage, x.came)
		}
	}
}

func (c *checker) item(r *store.Row) {
	it := r.Item
	whole := true
	switch {
	case len(it.Body) == 0:
	case it.Kind == store.Effect:
		whole = readable(it.Body, &exchange.Effect{})
	case it.State != store.Quarantined:
		whole = readable(it.Body, &exchange.Notice{})
	}
	if !whole {
		c.fault("%s cannot be read", r.Name())
	}
	if _, known := c.known[string(it.Exchange)]; it.Exchange != "" && !known && !c.served {
		c.fault("%s is of exchange %s, which is not there", r.Name(), it.Exchange)
	}
}

// readable reads JSON into v, and reports whether it could.
func readable(body []byte, v any) bool { return json.Unmarshal(body, v) == nil }
