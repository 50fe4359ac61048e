package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const nordwear = store.Conn("nordwear")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// file is what lies in a store, which somebody may write to behind our back.
type file struct{ docs []store.Doc }

func (f *file) Docs(_ context.Context, c store.Conn, bucket, after string, limit int) (found []store.Doc, err error) {
	for _, d := range f.docs {
		if d.Conn == c && d.Bucket == bucket && d.Key > after && len(found) < limit {
			found = append(found, d)
		}
	}
	return found, nil
}

func (f *file) Conns(context.Context) ([]store.Conn, error) { return []store.Conn{nordwear}, nil }

// add puts a line at the end, as an engine does.
func (f *file) add(t *testing.T, line []byte) {
	t.Helper()
	head, err := store.HeadOf(t.Context(), f, nordwear)
	if err == nil {
		head, err = head.Next(store.LineDigest(line))
	}
	if err != nil {
		t.Fatal(err)
	}
	f.docs = slices.DeleteFunc(f.docs, func(d store.Doc) bool { return d.Bucket == store.HeadBucket })
	f.docs = append(f.docs, head.LineDoc(nordwear, line), head.Doc(nordwear, 1))
}

// lines are n entries.
func lines(n int) (all [][]byte) {
	for i := range n {
		e := audit.Entry{Actor: audit.Person("ida", "ida"), At: noon, Action: "exchanges.cancel", Connection: nordwear, Target: fmt.Sprintf("ex_%d", i+1)}
		all = append(all, e.Line())
	}
	return all
}

func chained(t *testing.T, all [][]byte) *file {
	t.Helper()
	f := &file{}
	for _, l := range all {
		f.add(t, l)
	}
	return f
}

// told is what the log says of f.
func told(t *testing.T, f *file) []audit.Announced {
	t.Helper()
	var log bytes.Buffer
	a := &audit.Announcer{Store: f, Now: func() time.Time { return noon }, Log: zerolog.New(&log).With().Timestamp().Logger()}
	if n, err := a.Pass(t.Context()); n != 1 || err != nil {
		t.Fatalf("told %d ends, %v", n, err)
	}
	found, err := audit.AnnouncedIn(strings.NewReader("Nov 22 12:00:00 host tradeback[1]: " + log.String() + "a line that is no JSON\n{\"message\":\"another\"}\n"))
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	return found
}

func TestWhatWasDoneToAChainShows(t *testing.T) {
	all := lines(6)
	forged := slices.Clone(all)
	forged[2] = bytes.Replace(all[2], []byte("ida"), []byte("eva"), 1)
	at := func(f *file, n uint64) int {
		return slices.IndexFunc(f.docs, func(d store.Doc) bool { return d.Bucket == store.LineBucket && d.Key == store.LineKey(n) })
	}
	for _, c := range []struct {
		name       string
		do         func(f *file)
		plain, log string // what is said without the log, and with it; empty: it is whole
	}{
		{"nothing", func(*file) {}, "", ""},
		{"a row was changed", func(f *file) {
			d := &f.docs[at(f, 3)]
			d.Body = bytes.Replace(d.Body, []byte("ida"), []byte("eva"), 1)
		}, "entry 3 is not what was linked", "entry 3 is not what was linked"},
		{"a row was taken out", func(f *file) { f.docs = slices.Delete(f.docs, at(f, 3), at(f, 3)+1) }, "entry 3 is missing", "entry 3 is missing"},
		{"the last rows were taken out", func(f *file) {
			f.docs = slices.DeleteFunc(f.docs, func(d store.Doc) bool { return d.Bucket == store.LineBucket && d.Key > store.LineKey(4) })
		}, "there are 4, and were 6", "there are 4, and were 6"},
		{"the last rows were taken out, and the head set back", func(f *file) { *f = *chained(t, all[:4]) }, "", "there are 4, and the log told of 6"},
		{"everything was taken out", func(f *file) { *f = file{} }, "", "there are 0, and the log told of 6"},
		{"a row was changed and all linked anew", func(f *file) { *f = *chained(t, forged) }, "", "entry 6 is not the one that the log told of"},
		{"it was linked anew, and goes on", func(f *file) { *f = *chained(t, append(forged, lines(9)...)) }, "", "entry 6 is not the one that the log told of"},
		{"the head names another end", func(f *file) {
			i := slices.IndexFunc(f.docs, func(d store.Doc) bool { return d.Bucket == store.HeadBucket })
			f.docs[i] = store.Head{Lines: 6, Link: strings.Repeat("0", 64)}.Doc(nordwear, 1)
		}, "entry 6 is not the end", "entry 6 is not the end"},
		{"a row is no JSON", func(f *file) { f.docs[at(f, 3)].Body = []byte("{") }, "cannot be read", "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := chained(t, all)
			log := told(t, f)
			c.do(f)
			for _, look := range []struct {
				told []audit.Announced
				want string
			}{{nil, c.plain}, {log, c.log}} {
				v, err := audit.Verify(t.Context(), f, nordwear, look.told)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(v.Faults, "; "); (look.want == "") != (got == "") || !strings.Contains(got, look.want) {
					t.Errorf("with %d told ends: %q, want %q", len(look.told), got, look.want)
				}
			}
		})
	}
}

func TestAChainOfManyPagesIsVerifiedAndListed(t *testing.T) {
	f := chained(t, lines(1203))
	log := told(t, f)
	f.add(t, lines(1)[0])
	v, err := audit.Verify(t.Context(), f, nordwear, log)
	if err != nil || len(v.Faults) > 0 || v.Entries != 1204 || v.Announced != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
	var numbers []uint64
	before := uint64(0)
	for pages := 0; ; pages++ {
		found, next, err := audit.List(t.Context(), f, nordwear, before, 500)
		if err != nil || pages > 3 {
			t.Fatalf("page %d: %v", pages, err)
		}
		for _, l := range found {
			numbers = append(numbers, l.Number)
		}
		if before = next; next == 0 {
			break
		}
	}
	if len(numbers) != 1204 || numbers[0] != 1204 || numbers[1203] != 1 || !slices.IsSortedFunc(numbers, func(a, b uint64) int { return int(b) - int(a) }) {
		t.Errorf("%d entries, from %d to %d", len(numbers), numbers[0], numbers[len(numbers)-1])
	}
	if none, next, err := audit.List(t.Context(), f, "sudwear", 0, 10); len(none) != 0 || next != 0 || err != nil {
		t.Errorf("another chain has %v", none)
	}
}

func TestTheEndIsToldAtTheStartAndDaily(t *testing.T) {
	f := chained(t, lines(1))
	now := noon
	a := &audit.Announcer{Store: f, Now: func() time.Time { return now }, Log: zerolog.Nop()}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Hour, 0}, {24*time.Hour - time.Second, 0}, {24 * time.Hour, 1}, {25 * time.Hour, 0}, {48 * time.Hour, 1}} {
		now = noon.Add(c.after)
		if n, err := a.Pass(t.Context()); n != c.want || err != nil {
			t.Errorf("after %s: told %d ends (%v), want %d", c.after, n, err, c.want)
		}
	}
	now = noon // the clock was set back
	if n, _ := a.Pass(t.Context()); n != 1 {
		t.Error("nothing is told after the clock was set back")
	}
}

func TestWhatAnExchangeIsAskedFor(t *testing.T) {
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	x := exchange.New("ex_1", nordwear, exchange.Policy{}, noon)
	amount := exchange.Money{Minor: 5000, Currency: "SEK"}
	who := audit.Person("Ida", "astrid")
	item := func(id, topic string) store.Item {
		return store.Item{ID: id, Conn: nordwear, Kind: store.Event, State: store.Waiting, Source: "person", Topic: topic, Received: noon, Due: noon, Body: []byte(`{}`)}
	}
	all := []store.Item{
		audit.OnExchange(item("ev_1", "exchanges.cancel"), who, &x, exchange.Event{Cancel: &exchange.CancelAsk{Reason: "free text"}}),
		audit.OnExchange(item("ev_2", "exchanges.accept"), who, &x, exchange.Event{Said: &exchange.Said{What: exchange.ReturnAccepted, Reason: "free text"}}),
		audit.OnExchange(item("ev_3", "exchanges.settle"), who, &x, exchange.Event{Said: &exchange.Said{What: exchange.WrittenOff, Amount: &amount, Reason: "free text"}}),
		audit.OnDead(item("ev_4", "dead.discard"), who, store.Item{ID: "ex_1/capture/a", State: store.Dead}, true),
		audit.OnDead(item("ev_5", "dead.retry"), who, store.Item{ID: "ex_1/capture/a", State: store.Dead}, false),
		audit.Requested(item("ev_6", "exchanges.create"), audit.APIKey("key_1", "shop app"), &exchange.Request{OrderID: "gid://shopify/Order/1"}),
	}
	var ops []store.Op
	for _, it := range all {
		ops = append(ops, store.Receive{Event: it})
	}
	results, err := e.Apply(t.Context(), ops)
	if err := errors.Join(append(results, err)...); err != nil {
		t.Fatal(err)
	}
	found, _, err := audit.List(t.Context(), e, nordwear, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range slices.Backward(found) {
		if strings.Contains(fmt.Sprint(l), "free text") {
			t.Errorf("%s holds a free text", l.Action)
		}
		got = append(got, fmt.Sprintf("%s %s %s/%s %s %v", l.Event, l.Action, l.Name, l.User+l.Key, l.Target, l.Changes))
	}
	want := []string{
		"ev_1 exchanges.cancel Ida/astrid ex_1 [{stage requested cancelling}]",
		"ev_2 exchanges.accept Ida/astrid ex_1 [{return short accepted}]",
		"ev_3 exchanges.settle Ida/astrid ex_1 [{settlement none written_off} {settled_amount  50.00 SEK}]",
		"ev_4 dead.discard Ida/astrid ex_1/capture/a [{state dead discarded}]",
		"ev_5 dead.retry Ida/astrid ex_1/capture/a [{state dead waiting}]",
		"ev_6 exchanges.create shop app/key_1 gid://shopify/Order/1 [{stage  requested}]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
