package privacy_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const conn = store.Conn("nordwear")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// rig is an inbox and a privacy worker on a real store.
type rig struct {
	t     *testing.T
	file  string
	now   time.Time
	store *store.Store
	in    *inbox.Worker
	work  *privacy.Worker
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, file: filepath.Join(t.TempDir(), "t.db"), now: noon}
	now := func() time.Time { return r.now }
	engine, err := sqlite.Open(t.Context(), r.file, sqlite.Options{Serve: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r.store = store.New(engine)
	t.Cleanup(func() {
		if err := errors.Join(r.store.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	fence, err := r.store.Own(t.Context(), conn, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r.in = inbox.New(inbox.Options{
		Store: r.store, Settings: func(store.Conn) (inbox.Settings, bool) { return inbox.Settings{}, true },
		Item: outbox.Item, Now: now, Log: zerolog.Nop(), Beside: privacy.Asked,
	}, conn, fence)
	r.work = privacy.New(privacy.Options{Store: r.store, Now: now, Log: zerolog.Nop()}, conn, fence)
	return r
}

func (r *rig) event(id string, state store.State, raw string, change ...func(*store.Item)) {
	r.t.Helper()
	it := store.Item{
		ID: id, Conn: conn, Kind: store.Event, State: state, Source: "portal", Received: noon, Due: noon, Body: []byte(`{}`), Raw: []byte(raw),
	}
	for _, c := range change {
		c(&it)
	}
	if err := r.store.Receive(r.t.Context(), it); err != nil {
		r.t.Fatal(err)
	}
}

// ask lets one of the payloads that Shopify documents come in, and be handled by the inbox.
func (r *rig) ask(id, topic string) {
	r.t.Helper()
	r.keep(id, topic)
	if _, err := r.in.Pass(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// keep lets it come in.
func (r *rig) keep(id, topic string) {
	r.t.Helper()
	raw, err := os.ReadFile("../../testdata/payloads/shopify/" + strings.ReplaceAll(topic, "/", ".") + ".json")
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := json.Marshal(exchange.Notice{Event: exchange.Event{Kind: exchange.EventHint, Topic: topic}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.event(id, store.Waiting, string(raw), func(it *store.Item) { it.Source, it.Topic, it.Body = "shopify", topic, body })
}

// asks lets one come in and be done.
func (r *rig) asks(topic string) privacy.Record {
	r.t.Helper()
	r.ask("ev_asked", topic)
	if n, err := r.work.Pass(r.t.Context()); n != 1 || err != nil {
		r.t.Fatalf("did %d requests, %v", n, err)
	}
	records, err := privacy.Records(r.t.Context(), r.store, conn)
	if err != nil || len(records) != 1 {
		r.t.Fatalf("records %+v, %v", records, err)
	}
	if n, err := r.work.Pass(r.t.Context()); n != 0 || err != nil {
		r.t.Fatalf("did %d requests again, %v", n, err)
	}
	return records[0]
}

// left are the ids of the events that have their bodies.
func (r *rig) left() []string {
	r.t.Helper()
	var ids, out []string
	listed, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, it := range listed {
		ids = append(ids, it.ID)
	}
	whole, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, IDs: ids, Limit: len(ids)})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, it := range whole {
		if it.Raw != nil {
			out = append(out, it.ID)
		}
	}
	slices.Sort(out)
	return out
}

// crowd are events of the customer of the payloads, in all states, and of others.
func (r *rig) crowd() {
	r.event("ev_email", store.Done, `{"customer":"John@Example.com"}`, func(it *store.Item) { it.Exchange = "ex_1" })
	r.event("ev_escaped", store.Dead, `{"customer":"john\u0040example.com"}`)
	r.event("ev_order", store.Quarantined, `{"order_id":299938,`)
	r.event("ev_gid", store.Done, `{"order":"gid://shopify/Order/280263"}`)
	r.event("ev_phone", store.Done, `{"tel":"(555) 625 1199"}`)
	r.event("ev_beside", store.Done, `{"order":{"number":"1001-EX1"}}`, func(it *store.Item) { it.Exchange = "ex_1" })
	r.event("ev_other", store.Dead, `{"order_id":2999381,"customer":"anna@example.com"}`)
}

func TestACustomerIsErased(t *testing.T) {
	r := newRig(t)
	r.crowd()
	rec := r.asks(privacy.CustomerRedact)
	if got := r.left(); !slices.Equal(got, []string{"ev_other"}) {
		t.Fatalf("bodies are left of %v", got)
	}
	if rec.Bodies != 6 || rec.Quarantined != 1 || rec.Dead != 1 || !slices.Equal(rec.Exchanges, []exchange.ID{"ex_1"}) || rec.Done.IsZero() {
		t.Fatalf("record %+v", rec)
	}
	for _, word := range []string{"john", "John", "625", "299938,"} {
		if r.inFiles(word) {
			t.Errorf("the files still hold %q", word)
		}
	}
	if !r.inFiles("anna@example.com") {
		t.Error("the files do not hold what should stay: this test sees nothing")
	}
}

// inFiles reports whether a file of the store holds a word, while the store is open.
func (r *rig) inFiles(word string) bool {
	r.t.Helper()
	files, err := filepath.Glob(r.file + "*")
	if err != nil || len(files) < 3 {
		r.t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.Contains(string(text), word) {
			return true
		}
	}
	return false
}

// faulty is a store that cannot do everything.
type faulty struct {
	*store.Store
	scrub  error
	unread string // an item that cannot be read
}

func (f *faulty) Scrub(ctx context.Context) error {
	if f.scrub != nil {
		return f.scrub
	}
	return f.Store.Scrub(ctx)
}

var errBroken = errors.New("broken")

func (f *faulty) Items(ctx context.Context, q store.Query) ([]store.Item, string, error) {
	if slices.Equal(q.IDs, []string{f.unread}) {
		return nil, "", errBroken
	}
	return f.Store.Items(ctx, q)
}

// open are the requests that are recorded as not done, by event.
func (r *rig) open() []string {
	r.t.Helper()
	records, err := privacy.Records(r.t.Context(), r.store, conn)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, rec := range records {
		if rec.Done.IsZero() {
			out = append(out, rec.Event)
		}
	}
	return out
}

func TestARequestIsNotDoneBeforeTheFilesAreClean(t *testing.T) {
	r := newRig(t)
	r.crowd()
	broken := &faulty{Store: r.store, scrub: errBroken}
	r.work.Store = broken
	r.ask("ev_asked", privacy.CustomerRedact)
	if n, err := r.work.Pass(t.Context()); n != 0 || !errors.Is(err, errBroken) {
		t.Fatalf("did %d, %v", n, err)
	}
	if got := r.left(); !slices.Equal(got, []string{"ev_other"}) || !slices.Equal(r.open(), []string{"ev_asked"}) || !r.inFiles("john") {
		t.Fatalf("bodies are left of %v, requests of %v", got, r.open())
	}
	broken.scrub = nil
	r.work = privacy.New(r.work.Options, conn, r.work.Fence) // a crash between the two
	if n, err := r.work.Pass(t.Context()); n != 1 || err != nil {
		t.Fatalf("did %d, %v", n, err)
	}
	records, err := privacy.Records(t.Context(), r.store, conn)
	if err != nil || len(records) != 1 || records[0].Done.IsZero() || records[0].Bodies != 6 || r.inFiles("john") {
		t.Fatalf("records %+v, %v", records, err)
	}
}

func TestARequestThatCannotBeDoneIsPutOffAndHoldsUpNoOther(t *testing.T) {
	r := newRig(t)
	r.crowd()
	broken := &faulty{Store: r.store, unread: "ev_a"}
	r.work.Store = broken
	r.ask("ev_a", privacy.DataRequest)
	r.ask("ev_b", privacy.CustomerRedact)
	if n, err := r.work.Pass(t.Context()); n != 1 || !errors.Is(err, errBroken) {
		t.Fatalf("did %d, %v", n, err)
	}
	if got := r.open(); !slices.Equal(got, []string{"ev_a"}) {
		t.Fatalf("not done are %v", got)
	}
	for _, wait := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
		r.now = r.now.Add(wait - time.Second)
		if n, err := r.work.Pass(t.Context()); n != 0 || err != nil {
			t.Fatalf("%v after the last time it did %d, %v", wait-time.Second, n, err)
		}
		r.now = r.now.Add(time.Second)
		if _, err := r.work.Pass(t.Context()); !errors.Is(err, errBroken) {
			t.Fatalf("%v after the last time: %v", wait, err)
		}
	}
	broken.unread = ""
	r.now = r.now.Add(time.Hour)
	if n, err := r.work.Pass(t.Context()); n != 1 || err != nil || r.open() != nil {
		t.Fatalf("did %d, %v", n, err)
	}
}

func TestAShopIsErased(t *testing.T) {
	r := newRig(t)
	r.crowd()
	if rec := r.asks(privacy.ShopRedact); rec.Bodies != 7 || len(rec.Exchanges) != 0 {
		t.Fatalf("record %+v", rec)
	}
	if got := r.left(); got != nil {
		t.Fatalf("bodies are left of %v", got)
	}
}

func TestADataRequestErasesNothingButItself(t *testing.T) {
	r := newRig(t)
	r.crowd()
	rec := r.asks(privacy.DataRequest)
	if want := []string{"ev_beside", "ev_email", "ev_escaped", "ev_gid", "ev_order", "ev_phone"}; rec.Request != "9999" || rec.Bodies != 6 ||
		!slices.Equal(slices.Sorted(slices.Values(rec.Events)), want) {
		t.Fatalf("record %+v", rec)
	}
	if got := r.left(); len(got) != 7 || slices.Contains(got, "ev_asked") {
		t.Fatalf("bodies are left of %v", got)
	}
}

func TestManyBodiesGoInSeveralCommits(t *testing.T) {
	r := newRig(t)
	for i := range 260 {
		r.event("ev_"+strings.Repeat("x", i+1), store.Done, `{"email":"john@example.com"}`)
	}
	if rec := r.asks(privacy.CustomerRedact); rec.Bodies != 260 {
		t.Fatalf("record %+v", rec)
	}
	if got := r.left(); got != nil {
		t.Fatalf("bodies are left of %v", got)
	}
}
