// Package privacy does what Shopify's privacy topics ask: it says what is held of a customer, and erases it. Nothing
// but bodies as they were received holds personal data, wherever their events stand: handled, waiting, parked, in
// quarantine or dead. Journals and the money's ledger hold ids, numbers and amounts, and stay.
package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// The topics, as Shopify names them.
const (
	DataRequest    = "customers/data_request"
	CustomerRedact = "customers/redact"
	ShopRedact     = "shop/redact"
)

// The buckets of a connection: what was asked and is not done yet, and what was done.
const (
	askedBucket = "privacy_asked"
	doneBucket  = "privacy"
)

// mostEvents is how many events the record of a data request names.
const mostEvents = 1000

// Record proves that a request was done. It holds no personal data.
type Record struct {
	Connection  exchange.Conn `json:"connection"`
	Event       string        `json:"event"` // by which it was asked
	Topic       string        `json:"topic"`
	Asked       time.Time     `json:"asked_at"`
	Erased      time.Time     `json:"erased_at,omitzero"`     // from the store; zero: not yet
	Done        time.Time     `json:"done_at,omitzero"`       // from its files too; zero: not yet
	Request     string        `json:"data_request,omitempty"` // Shopify's own number of a data request
	Exchanges   []exchange.ID `json:"exchanges,omitempty"`    // of the customer; they hold no personal data
	Events      []string      `json:"events,omitempty"`       // of a data request: those whose bodies name the customer
	Bodies      int           `json:"bodies"`                 // found by a data request; erased otherwise
	Quarantined int           `json:"of_quarantined"`         // of these
	Dead        int           `json:"of_dead"`                // of these
}

// Asked is the document by which an event asks for work, if it is one of the three.
func Asked(it store.Item) (store.Doc, bool, error) {
	if it.Source != "shopify" || !slices.Contains([]string{DataRequest, CustomerRedact, ShopRedact}, it.Topic) {
		return store.Doc{}, false, nil
	}
	body, err := json.Marshal(Record{Connection: it.Conn, Event: it.ID, Topic: it.Topic, Asked: it.Received})
	return store.Doc{Conn: it.Conn, Bucket: askedBucket, Key: it.ID, Body: body}, true, err
}

// Reader reads documents of the store.
type Reader interface {
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// Records are the requests of a connection, the oldest first: those that were done, then those that were not yet.
func Records(ctx context.Context, r Reader, c store.Conn) ([]Record, error) {
	out := []Record{}
	for _, bucket := range []string{doneBucket, askedBucket} {
		for after := ""; ; {
			found, err := r.Docs(ctx, c, bucket, after, 500)
			if err != nil {
				return nil, fmt.Errorf("read privacy requests: %w", err)
			}
			for _, d := range found {
				var rec Record
				if err := json.Unmarshal(d.Body, &rec); err != nil {
					return nil, fmt.Errorf("decode privacy request %s: %w", d.Key, err)
				}
				out, after = append(out, rec), d.Key
			}
			if len(found) < 500 {
				break
			}
		}
	}
	return out, nil
}

// Store is what this room needs of it.
type Store interface {
	Reader
	Commit(ctx context.Context, s store.Step) error
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
	Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	Scrub(ctx context.Context) error
	Own(ctx context.Context, c store.Conn, owner string, ttl time.Duration) (uint64, error)
}

// Options are what the workers of all connections share.
type Options struct {
	Store Store
	Now   func() time.Time
	Log   zerolog.Logger
	Ended func(Record) // hears of each request that was done, for metrics; may be nil
}

// Worker does the requests of one connection, for as long as its fence is the lease's.
type Worker struct {
	Options
	Conn  store.Conn
	Fence uint64

	putOff map[string]pause // by request
}

// pause is how a request is put off that could not be done.
type pause struct {
	until time.Time
	after time.Duration
}

// New is the worker of c under a fence.
func New(o Options, c store.Conn, fence uint64) *Worker {
	return &Worker{Options: o, Conn: c, Fence: fence, putOff: map[string]pause{}}
}

// every is how often it is looked whether anything was asked. Shopify gives 30 days. A request that could not be done
// is put off for as long, then for twice as long each time, up to longest.
const (
	every   = 10 * time.Second
	longest = time.Hour
)

// Run does what is asked until ctx ends.
func (w *Worker) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		_, err := w.Pass(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrFenced):
			return err
		case err != nil:
			w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("a privacy request was not done; it will be tried again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Pass does what was asked so far, and says how many requests that were. One that breaks off goes on with the next; one
// that cannot be done is put off, and does not hold up the others.
func (w *Worker) Pass(ctx context.Context) (n int, err error) {
	var (
		erased []*job
		errs   []error
	)
	failed := func(id string, err error) {
		p := w.putOff[id]
		p.after = min(max(2*p.after, every), longest)
		p.until = w.Now().Add(p.after)
		w.putOff[id] = p
		errs = append(errs, fmt.Errorf("privacy request %s: %w", id, err))
	}
	for after := ""; ; {
		found, err := w.Store.Docs(ctx, w.Conn, askedBucket, after, scanned)
		if err != nil {
			return 0, errors.Join(append(errs, err)...)
		}
		for _, d := range found {
			after = d.Key
			if w.putOff[d.Key].until.After(w.Now()) {
				continue
			}
			j := &job{Worker: w, doc: d, seen: map[string]bool{}}
			if err := j.do(ctx); err != nil {
				failed(d.Key, err)
				continue
			}
			erased = append(erased, j)
		}
		if len(found) < scanned {
			break
		}
	}
	if len(erased) == 0 {
		return 0, errors.Join(errs...)
	}
	scrubbed := w.Store.Scrub(ctx)
	for _, j := range erased {
		err := scrubbed
		if err == nil {
			err = j.end(ctx)
		}
		if err != nil {
			failed(j.doc.Key, err)
			continue
		}
		delete(w.putOff, j.doc.Key)
		n++
	}
	return n, errors.Join(errs...)
}

// job is one request under way.
type job struct {
	*Worker
	doc     store.Doc
	rec     Record
	subject subject
	seen    map[string]bool
	erase   []string // found, and not erased yet
}

// do erases from the store what the request names.
func (j *job) do(ctx context.Context) error {
	if err := json.Unmarshal(j.doc.Body, &j.rec); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if !j.rec.Erased.IsZero() {
		return nil
	}
	asked, _, err := j.Store.Items(ctx, store.Query{Conn: j.Conn, IDs: []string{j.doc.Key}, Limit: 1})
	if err != nil {
		return err
	}
	if len(asked) > 0 {
		j.subject = subjectOf(asked[0].Raw)
	}
	j.subject.everything = j.rec.Topic == ShopRedact
	j.rec.Request = j.subject.request
	j.seen[j.doc.Key] = true // the request itself goes last
	for _, order := range j.subject.orders {
		ids, err := j.Store.Find(ctx, j.Conn, exchange.RefShopOrder(order))
		if err != nil {
			return err
		}
		j.about(ids...)
	}
	if err := j.scan(ctx, store.Query{}, j.subject.isIn); err != nil {
		return err
	}
	for i := 0; i < len(j.rec.Exchanges); i++ {
		if err := j.scan(ctx, store.Query{Exchange: j.rec.Exchanges[i]}, func([]byte) bool { return true }); err != nil {
			return err
		}
	}
	j.erase = append(j.erase, j.doc.Key) // it names the customer too
	j.rec.Erased = j.Now().UTC()
	return j.flush(ctx)
}

func (j *job) about(ids ...exchange.ID) {
	for _, id := range ids {
		if id != "" && !j.subject.everything && !slices.Contains(j.rec.Exchanges, id) {
			j.rec.Exchanges = append(j.rec.Exchanges, id)
		}
	}
}

// scanned is how many bodies are looked at together.
const scanned = 25

// scan takes up the events whose bodies are the customer's.
func (j *job) scan(ctx context.Context, q store.Query, theirs func(raw []byte) bool) error {
	q.Conn, q.Kinds, q.Limit = j.Conn, []store.Kind{store.Event}, scanned
	for {
		listed, after, err := j.Store.Items(ctx, q)
		if err != nil {
			return err
		}
		var ids []string
		for _, it := range listed {
			if it.Size > 0 && !j.seen[it.ID] {
				ids = append(ids, it.ID)
			}
		}
		if len(ids) > 0 {
			whole, _, err := j.Store.Items(ctx, store.Query{Conn: j.Conn, IDs: ids, Limit: len(ids)})
			if err != nil {
				return err
			}
			for _, it := range whole {
				if it.Raw != nil && theirs(it.Raw) {
					j.take(it)
				}
			}
		}
		if len(j.erase) >= 4*scanned {
			if err := j.flush(ctx); err != nil {
				return err
			}
		}
		if after == "" {
			return nil
		}
		q.After = after
	}
}

func (j *job) take(it store.Item) {
	j.seen[it.ID] = true
	j.about(it.Exchange)
	j.rec.Bodies++
	switch it.State {
	case store.Quarantined:
		j.rec.Quarantined++
	case store.Dead:
		j.rec.Dead++
	}
	if j.rec.Topic != DataRequest {
		j.erase = append(j.erase, it.ID)
	} else if len(j.rec.Events) < mostEvents {
		j.rec.Events = append(j.rec.Events, it.ID)
	}
}

// flush erases what was found so far, in one commit with the count of it, so that who goes on after a crash counts on.
func (j *job) flush(ctx context.Context) error {
	body, err := json.Marshal(j.rec)
	if err != nil {
		return err
	}
	j.doc.Body = body
	if err := j.Store.Commit(ctx, store.Step{Conn: j.Conn, Fence: j.Fence, Erase: j.erase, Docs: []store.Doc{j.doc}}); err != nil {
		return err
	}
	j.doc.Version++
	j.erase = nil
	return nil
}

// end records that the request was done.
func (j *job) end(ctx context.Context) error {
	j.rec.Done = j.Now().UTC()
	body, err := json.Marshal(j.rec)
	if err != nil {
		return err
	}
	j.doc.Body = nil
	record := store.Doc{Conn: j.Conn, Bucket: doneBucket, Key: j.doc.Key, Body: body}
	if err := j.Store.Commit(ctx, store.Step{Conn: j.Conn, Fence: j.Fence, Docs: []store.Doc{j.doc, record}}); err != nil {
		return err
	}
	j.Log.Info().Str("connection", string(j.Conn)).Str("event", j.rec.Event).Str("topic", j.rec.Topic).Int("exchanges", len(j.rec.Exchanges)).
		Int("bodies", j.rec.Bodies).Int("quarantined", j.rec.Quarantined).Int("dead", j.rec.Dead).Msg("privacy request done")
	if j.Ended != nil {
		j.Ended(j.rec)
	}
	return nil
}
