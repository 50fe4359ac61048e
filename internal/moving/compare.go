package moving

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/store"
)

// Compared is a connection of one store held against the same of another.
type Compared struct {
	Connection store.Conn `json:"connection"` // empty: what belongs to none
	Counts                // of the source
	Checksum   string     `json:"checksum"` // of all, in the source
	Same       bool       `json:"same"`
	Differs    []string   `json:"differs"` // in what; never null
}

// mostTold is how many differences are told by name.
const mostTold = 10

// compare holds what both stores hold of c against each other.
func (c *Copy) compare(ctx context.Context, conn store.Conn) (Compared, error) {
	from, err := tallyOf(ctx, c.From, conn, c.seen)
	if err != nil {
		return Compared{}, fmt.Errorf("source: %w", err)
	}
	to, err := tallyOf(ctx, c.To, conn, c.seen)
	if err != nil {
		return Compared{}, fmt.Errorf("target: %w", err)
	}
	out := Compared{Connection: conn, Counts: from.counts, Checksum: from.all.String(), Differs: []string{}}
	differ := func(format string, args ...any) { out.Differs = append(out.Differs, fmt.Sprintf(format, args...)) }
	if to.fence < from.fence {
		differ("its fence is %d, in the source %d", to.fence, from.fence)
	}
	for _, n := range []struct {
		what     string
		from, to int
	}{
		{"documents", from.counts.Documents, to.counts.Documents},
		{"exchanges", from.counts.Exchanges, to.counts.Exchanges},
		{"journal lines", from.counts.JournalLines, to.counts.JournalLines},
		{"items", from.counts.Items, to.counts.Items},
		{"dedupe keys", from.counts.DedupeKeys, to.counts.DedupeKeys},
	} {
		if n.from != n.to {
			differ("%d %s, in the source %d", n.to, n.what, n.from)
		}
	}
	if names := apart(from.each, to.each); len(names) > 0 {
		differ("not the same (%d): %s", len(names), someOf(names))
	}
	if len(out.Differs) == 0 && from.all != to.all {
		differ("its checksum is %s, in the source %s", to.all, from.all)
	}
	out.Same = len(out.Differs) == 0
	return out, nil
}

// apart are the names whose checksums differ, or that only one has.
func apart(a, b map[string]sum) []string {
	var names []string
	for name, s := range a {
		if other, ok := b[name]; !ok || other != s {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func someOf(all []string) string {
	if len(all) > mostTold {
		all = append(slices.Clone(all[:mostTold]), "…")
	}
	return strings.Join(all, ", ")
}

// DifferError says that two stores do not hold the same.
type DifferError struct{ Found []Compared }

func (e *DifferError) Error() string {
	var all []string
	for _, c := range e.Found {
		if !c.Same {
			all = append(all, named(c.Connection)+": "+strings.Join(c.Differs, "; "))
		}
	}
	return "the target does not hold what the source does: " + strings.Join(all, ". ")
}
