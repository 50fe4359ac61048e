package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Announced is the end of a chain as the log told it.
type Announced struct {
	Chain  exchange.Conn `json:"chain"`
	Number uint64        `json:"number"`
	Link   string        `json:"link"`
}

// Verified is what a chain has come to.
type Verified struct {
	Chain     exchange.Conn `json:"chain"`
	Entries   uint64        `json:"entries"`
	Link      string        `json:"link"`      // of the last one
	Announced int           `json:"announced"` // how many ends that the log told are its own
	Faults    []string      `json:"faults"`    // the first ten; never null
}

const mostFaults = 10

// Verify reads a chain from its beginning: each entry must be linked to the one before, the last one must be the
// chain's head, and what the log told of its end must be in it. Who can write to the store can take entries out and
// link the rest anew: only what the log told then shows it.
func Verify(ctx context.Context, r Reader, chain exchange.Conn, told []Announced) (Verified, error) {
	v := Verified{Chain: chain, Faults: []string{}}
	fault := func(format string, args ...any) {
		if len(v.Faults) < mostFaults {
			v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
		}
	}
	head, err := store.HeadOf(ctx, r, chain) // before the entries: what is written meanwhile is no fault
	if err != nil {
		return v, err
	}
	links := map[uint64]string{}
	for _, a := range told {
		if a.Chain == chain {
			links[a.Number] = ""
		}
	}
	links[head.Lines] = ""
	var at store.Head
	for after := ""; ; {
		docs, err := r.Docs(ctx, chain, store.LineBucket, after, 500)
		if err != nil {
			return v, fmt.Errorf("read the audit chain of %q: %w", chain, err)
		}
		for _, d := range docs {
			after = d.Key
			var l store.Linked
			next := at
			readErr := json.Unmarshal(d.Body, &l)
			if readErr == nil {
				next, readErr = at.Next(store.LineDigest(l.Line))
			}
			switch {
			case readErr != nil:
				fault("entry %s cannot be read", d.Key)
				next.Lines = at.Lines + 1
			case d.Key != store.LineKey(next.Lines):
				fault("entry %d is missing: after %d comes %s", next.Lines, at.Lines, d.Key)
				next.Link = l.Link
				_, _ = fmt.Sscanf(d.Key, "%d", &next.Lines)
			case l.Link != next.Link:
				fault("entry %d is not what was linked: it, or one before it, was changed", next.Lines)
				next.Link = l.Link // and those after it by what stands there
			case l.Link == next.Link:
			}
			at = next
			if _, wanted := links[at.Lines]; wanted {
				links[at.Lines] = at.Link
			}
		}
		if len(docs) < 500 {
			break
		}
	}
	v.Entries, v.Link = at.Lines, at.Link
	switch {
	case at.Lines < head.Lines:
		fault("entries are missing at the end: there are %d, and were %d", at.Lines, head.Lines)
	case links[head.Lines] != head.Link:
		fault("entry %d is not the end that the chain's head names", head.Lines)
	}
	for _, a := range told {
		switch {
		case a.Chain != chain:
		case a.Number > at.Lines:
			fault("entries are missing at the end: there are %d, and the log told of %d", at.Lines, a.Number)
		case links[a.Number] != a.Link:
			fault("entry %d is not the one that the log told of: the chain was linked anew, or is that of another store", a.Number)
		default:
			v.Announced++
		}
	}
	return v, nil
}

// AnnouncedIn finds in a log, a JSON object a line, the ends that were told. Other lines are passed over.
func AnnouncedIn(log io.Reader) (found []Announced, err error) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if i := bytes.IndexByte(line, '{'); i > 0 { // journald and others put something before it
			line = line[i:]
		}
		var said struct {
			Announced
			Message string `json:"message"`
		}
		if json.Unmarshal(line, &said) == nil && said.Message == announcement {
			found = append(found, said.Announced)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return found, nil
}
