package redis

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// arguments are what the apply script is told: one after the other, as its take functions read them.
type arguments []any

func (a *arguments) add(texts ...string) {
	for _, t := range texts {
		*a = append(*a, t)
	}
}

func (a *arguments) count(n int) { a.add(strconv.Itoa(n)) }

// operation adds an operation that store.Check has passed.
func (a *arguments) operation(op store.Op) error {
	switch o := op.(type) {
	case store.Receive:
		a.receive(o)
	case store.Put:
		a.add("P")
		a.count(1 + len(o.With))
		a.doc(o.Doc)
		for _, d := range o.With {
			a.doc(d)
		}
		a.line(o.Line)
	case store.Step:
		return a.step(o)
	case store.Import:
		return a.row(&o.Row)
	}
	return nil
}

func (a *arguments) receive(o store.Receive) {
	it := o.Event
	a.add("R", plain(it.ID))
	key, other, digest := store.DedupeKeys(&it)
	a.add(string(key), string(other), string(digest))
	a.add(flag(o.Strict))
	a.item(it)
	a.count(len(it.About))
	for _, name := range it.About {
		a.add(plain(name))
	}
	a.line(it.Line)
}

// line adds an audit line, behind its digest, if there is one.
func (a *arguments) line(text []byte) {
	a.body(text)
	if text != nil {
		a.add(store.LineDigest(text))
	}
}

// item adds an item at the version after its own.
func (a *arguments) item(it store.Item) {
	if it.Version == 0 {
		it.Size = len(it.Raw)
	}
	a.add(plain(it.ID), strconv.FormatUint(it.Version, 10), flag(it.State == store.Dropped), rowOf(&it, it.Version+1))
	a.body(it.Raw)
}

// body adds bytes, of which nil is another thing than none.
func (a *arguments) body(b []byte) {
	a.add(flag(b != nil))
	if b != nil {
		*a = append(*a, b)
	}
}

func (a *arguments) doc(d store.Doc) {
	a.add(plain(d.Bucket), plain(d.Key), strconv.FormatUint(d.Version, 10))
	a.body(d.Body)
}

func (a *arguments) step(o store.Step) error {
	a.add("S", strconv.FormatUint(o.Fence, 10), flag(o.Next != nil))
	if o.Next != nil {
		body, err := json.Marshal(o.Next)
		if err != nil {
			return err
		}
		if err := a.exchange(o.Next, body, o.Refs, o.Entry); err != nil {
			return err
		}
	}
	a.count(len(o.Items))
	for _, it := range o.Items {
		a.item(it)
	}
	a.count(len(o.Docs))
	for _, d := range o.Docs {
		a.doc(d)
	}
	a.count(len(o.Erase))
	for _, id := range o.Erase {
		a.add(plain(id))
	}
	return nil
}

// exchange adds x, which is body.
func (a *arguments) exchange(x *exchange.Exchange, body []byte, refs []exchange.Ref, entry *exchange.Entry) error {
	at := store.IndexOf(x, refs)
	a.add(plain(x.ID), strconv.FormatUint(x.Version, 10), plain(x.Stage), flag(at.Instant), flag(at.Raised), stamp(x.Created))
	*a = append(*a, body)

	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b exchange.Ref) int { return strings.Compare(a.Name, b.Name) })
	refs = slices.CompactFunc(refs, func(a, b exchange.Ref) bool { return a.Name == b.Name })
	a.count(2 * len(refs))
	for _, r := range refs {
		kind := "c"
		if r.Shared {
			kind = "s"
		}
		a.add(plain(r.Name), kind)
	}
	// The id and the names of refs are left out: exchanges are found by them already.
	names := slices.DeleteFunc(at.Names, func(name string) bool {
		return name == string(x.ID) || slices.ContainsFunc(refs, func(r exchange.Ref) bool { return r.Name == name })
	})
	a.count(len(names))
	for _, name := range names {
		a.add(plain(name))
	}
	if entry == nil {
		a.body(nil)
		return nil
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	a.body(line)
	return nil
}

func exchangeID(text string) exchange.ID { return exchange.ID(original(text)) }
