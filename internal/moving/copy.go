package moving

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/store"
)

// Copy copies all that one store holds into another, which holds nothing but what an earlier run has copied.
// Nobody else may write to either meanwhile.
type Copy struct {
	From, To store.Engine
	Source   string                      // what the source is called; the target remembers it
	Check    func() error                // asked again at the end whether nobody else writes
	Progress func(verb string, rows int) // hears of each page, with the rows so far; may be nil

	verb string
	rows int
}

// Result is what came of a copy.
type Result struct {
	Copied  int        `json:"copied"`  // rows, by this run
	Resumed bool       `json:"resumed"` // an earlier run had begun
	Data    []Compared `json:"data"`
}

// ForeignError says that the target holds what is not the source's.
type ForeignError struct{ What string }

func (e *ForeignError) Error() string {
	return "the target is not empty: " + e.What + ". Copy into an empty store"
}

// progress is how far a copy has come. While it stands, its target is not whole. What it says of the place is
// behind what was made durable, never ahead.
type progress struct {
	From  string     `json:"from"`
	Conn  store.Conn `json:"connection"`
	After string     `json:"after"`
	Begun bool       `json:"begun"` // Conn is meant
}

// progressDoc is where the target keeps it.
func progressDoc() store.Doc { return store.Doc{Bucket: "copying", Key: "progress"} }

func isProgress(r store.Row) bool {
	return r.Part == store.DocPart && r.Conn == "" && r.Doc.Bucket == progressDoc().Bucket
}

// Unfinished is the source of a copy into st that has not come to its end; empty: there is none.
func Unfinished(ctx context.Context, st store.Reads) (source string, err error) {
	p, _, err := progressOf(ctx, st)
	return p.From, err
}

func progressOf(ctx context.Context, st store.Reads) (p progress, doc store.Doc, err error) {
	doc = progressDoc()
	found, err := st.Docs(ctx, "", doc.Bucket, "", 1)
	if err != nil || len(found) == 0 {
		return p, doc, err
	}
	return p, found[0], json.Unmarshal(found[0].Body, &p)
}

// Run copies, goes on where an earlier run has stopped, and holds both stores against each other at the end.
//
// Errors: ForeignError before anything was written; DifferError after all was, with the Result.
func (c *Copy) Run(ctx context.Context) (Result, error) {
	at, doc, err := progressOf(ctx, c.To)
	if err != nil {
		return Result{}, fmt.Errorf("target: %w", err)
	}
	out := Result{Resumed: doc.Version > 0}
	switch {
	case out.Resumed && at.From != c.Source:
		return out, &ForeignError{"a copy from " + at.From + " has not come to its end; run that one again"}
	case !out.Resumed:
		if done, err := c.before(ctx); err != nil || done != nil {
			return Result{Data: done}, err
		}
		at.From = c.Source
	}
	all, err := conns(ctx, c.From)
	if err != nil {
		return out, fmt.Errorf("source: %w", err)
	}
	if out.Copied, err = c.copy(ctx, all, at, &doc); err != nil {
		return out, err
	}
	if out.Data, err = c.verify(ctx, all); err != nil {
		return out, err
	}
	if err := c.Check(); err != nil {
		return out, err
	}
	doc.Body = nil
	return out, c.put(ctx, []store.Op{store.Put{Doc: doc}})
}

// before looks at a target into which no copy has begun. If it holds what the source does, all is done.
//
// Errors: ForeignError.
func (c *Copy) before(ctx context.Context) (done []Compared, err error) {
	has, err := conns(ctx, c.To)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	own, _, err := c.To.Export(ctx, "", "", 1)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if len(has) == 1 && len(own) == 0 {
		return nil, nil
	}
	all, err := conns(ctx, c.From)
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	for _, conn := range has {
		if !slices.Contains(all, conn) {
			return nil, &ForeignError{named(conn) + " is not in the source"}
		}
	}
	done, err = c.verify(ctx, has)
	var differ *DifferError
	switch {
	case errors.As(err, &differ):
		return nil, &ForeignError{differ.Error()}
	case err != nil || len(has) < len(all): // what it holds is the source's; the rest is copied
		return nil, err
	}
	return done, nil
}

// copy copies from a place on. Each round notes how far the one before has come: a round is one for each
// connection, and what is noted must not get ahead of the rows.
func (c *Copy) copy(ctx context.Context, all []store.Conn, at progress, doc *store.Doc) (copied int, err error) {
	c.verb, c.rows = "copied", 0
	if at.Begun {
		if i := slices.Index(all, at.Conn); i >= 0 {
			all = all[i:]
		}
	}
	for _, conn := range all {
		if !at.Begun || at.Conn != conn {
			at.Begun, at.Conn, at.After = true, conn, ""
		}
		for more := true; more; more = at.After != "" {
			rows, next, err := c.From.Export(ctx, conn, at.After, page)
			if err != nil {
				return copied, fmt.Errorf("read %s from the source: %w", named(conn), err)
			}
			if err := c.write(ctx, rows, at, doc); err != nil {
				return copied, fmt.Errorf("write %s to the target: %w", named(conn), err)
			}
			copied += len(rows)
			c.seen(len(rows))
			at.After = next
		}
	}
	return copied, nil
}

// write makes rows durable in the target, and notes that all before them are.
func (c *Copy) write(ctx context.Context, rows []store.Row, before progress, doc *store.Doc) error {
	var err error
	if doc.Body, err = json.Marshal(before); err != nil {
		return err
	}
	ops := make([]store.Op, 0, len(rows)+1)
	for i := range rows {
		ops = append(ops, store.Import{Row: rows[i]})
	}
	if err := c.put(ctx, append(ops, store.Put{Doc: *doc})); err != nil {
		return err
	}
	doc.Version++
	return nil
}

func (c *Copy) put(ctx context.Context, ops []store.Op) error {
	results, err := c.To.Apply(ctx, ops)
	if err != nil {
		return err
	}
	return errors.Join(results...)
}

// verify holds both stores against each other. Errors: DifferError.
func (c *Copy) verify(ctx context.Context, all []store.Conn) ([]Compared, error) {
	c.verb, c.rows = "verified", 0
	var found []Compared
	same := true
	for _, conn := range all {
		one, err := c.compare(ctx, conn)
		if err != nil {
			return found, err
		}
		found = append(found, one)
		same = same && one.Same
	}
	if !same {
		return found, &DifferError{found}
	}
	return found, nil
}

func (c *Copy) seen(rows int) {
	c.rows += rows
	if c.Progress != nil {
		c.Progress(c.verb, c.rows)
	}
}
