package announce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tradeback/tradeback/internal/announce"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const (
	conn   = store.Conn("nordwear")
	first  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	second = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

// heard is a delivery as the receiver got it.
type heard struct {
	header http.Header
	body   []byte
}

// rig is a receiver, an inbox and a worker on a real store, with a clock.
type rig struct {
	t      *testing.T
	store  *store.Store
	fence  uint64
	now    time.Time
	subs   []connection.Subscriber
	allow  []string
	worker *announce.Worker

	mu     sync.Mutex
	status int
	got    []heard
	hears  func() // called when the receiver hears something
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), status: 200}
	clock := func() time.Time { return r.now }
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	r.store = store.New(engine)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, heard{req.Header, body})
		if r.hears != nil {
			r.hears()
		}
		w.WriteHeader(r.status)
	}))
	t.Cleanup(func() {
		web.Close()
		if err := errors.Join(r.store.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	if r.fence, err = r.store.Own(t.Context(), conn, "test", 1000*time.Hour); err != nil {
		t.Fatal(err)
	}
	r.allow = []string{strings.TrimPrefix(web.URL, "http://")}
	r.subs = []connection.Subscriber{{
		Name: "shop", URL: connection.NewSecret(web.URL + "/hooks/s3cret"), Events: []string{"exchange.*"}, Secrets: []connection.Secret{connection.NewSecret(first)},
	}}
	r.start()
	return r
}

// start makes the worker, as after a start of the process.
func (r *rig) start() {
	r.worker = announce.New(announce.Options{
		Store: r.store, Subscribers: func(store.Conn) []connection.Subscriber { return r.subs },
		Client: lane.Anywhere(r.allow, time.Second), Now: func() time.Time { return r.now }, Log: zerolog.Nop(),
	}, conn, r.fence)
}

// ask makes an exchange through the inbox.
func (r *rig) ask() {
	r.t.Helper()
	q := &exchange.Request{ReturnID: "gid://shopify/Return/9"}
	body, err := json.Marshal(exchange.Notice{Event: exchange.Event{Kind: exchange.EventRequested, Source: "api", Request: q}, Create: q})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.Receive(r.t.Context(), store.Item{
		ID: "ev_1", Conn: conn, Kind: store.Event, State: store.Waiting, Source: "api", Received: r.now, Due: r.now, Body: body, Line: []byte("{}"),
	}); err != nil {
		r.t.Fatal(err)
	}
	in := inbox.New(inbox.Options{
		Store: r.store, Settings: func(store.Conn) (inbox.Settings, bool) { return inbox.Settings{}, true },
		Item: outbox.Item, Now: func() time.Time { return r.now }, Log: zerolog.Nop(),
		Announce: func(_ store.Conn, x, next *exchange.Exchange, e *exchange.Entry, at time.Time) ([]store.Item, error) {
			return announce.Items(r.subs, x, next, e, at)
		},
	}, conn, r.fence)
	if _, err := in.Pass(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) pass() {
	r.t.Helper()
	if _, err := r.worker.Pass(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// answers lets the receiver answer so from now on.
func (r *rig) answers(status int) { r.mu.Lock(); r.status = status; r.mu.Unlock() }

func (r *rig) heard(n int) []heard {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.got) != n {
		r.t.Fatalf("the receiver heard %d, want %d", len(r.got), n)
	}
	return r.got
}

// signedBy reports whether a delivery is signed with a secret, as the library of Standard Webhooks has it.
func (h heard) signedBy(t *testing.T, secret string) bool {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return wh.VerifyIgnoringTimestamp(h.body, h.header) == nil // its clock is not ours
}

func (r *rig) items() []store.Item {
	r.t.Helper()
	found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Announcement}})
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

func TestASubscriberIsToldOnceAndSigned(t *testing.T) {
	r := newRig(t)
	r.ask()
	r.pass()
	r.pass()
	got := r.heard(1)[0]
	if !got.signedBy(t, first) || got.signedBy(t, second) {
		t.Error("the signature is not the secret's")
	}
	var m struct {
		Type string
		Data struct{ Connection, Stage, Exchange string }
	}
	if err := json.Unmarshal(got.body, &m); err != nil || m.Type != "exchange.created" || m.Data.Stage != "requested" || m.Data.Exchange != "ex_1" {
		t.Errorf("told %s, %v", got.body, err)
	}
	if left := r.items(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

func TestWhatWasSentAtTheEndIsNotSentAgain(t *testing.T) {
	r := newRig(t)
	r.ask()
	ctx, stop := context.WithCancel(t.Context())
	r.hears = stop // the process is told to end before the receiver has answered
	if _, err := r.worker.Pass(ctx); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.pass()
	r.heard(1)
}

func TestAReplayIsToldByItsTime(t *testing.T) {
	r := newRig(t)
	r.answers(500)
	r.ask()
	r.pass()
	r.now = r.now.Add(time.Hour)
	r.pass()
	got := r.heard(2)
	for i, want := range []time.Time{r.now.Add(-time.Hour), r.now} {
		if at := got[i].header.Get("webhook-timestamp"); at != strconv.FormatInt(want.Unix(), 10) {
			t.Errorf("attempt %d is of %s, want %d", i, at, want.Unix())
		}
	}
	old := got[0]
	old.header = old.header.Clone()
	old.header.Set("webhook-timestamp", got[1].header.Get("webhook-timestamp"))
	if old.signedBy(t, first) {
		t.Error("an old signature holds for a new time")
	}
}

func TestWhileASecretIsReplacedBothSign(t *testing.T) {
	r := newRig(t)
	r.subs[0].Secrets = append(r.subs[0].Secrets, connection.NewSecret(second))
	r.ask()
	r.pass()
	if got := r.heard(1)[0]; !got.signedBy(t, first) || !got.signedBy(t, second) {
		t.Error("both secrets must sign")
	}
}

func TestARotatedSecretSignsUntilItsEnd(t *testing.T) {
	r := newRig(t)
	r.subs[0].Secrets, r.subs[0].Ends = append(r.subs[0].Secrets, connection.NewSecret(second)), r.now
	r.ask()
	r.pass()
	if got := r.heard(1)[0]; got.signedBy(t, first) || !got.signedBy(t, second) {
		t.Error("the older secret signs after its end")
	}
}

func TestAReceiverThatWasAwayForHoursHearsItUnderTheSameID(t *testing.T) {
	r := newRig(t)
	r.answers(503)
	r.ask()
	tried := 0
	for range 8 * 60 {
		r.pass()
		r.now = r.now.Add(time.Minute)
	}
	r.mu.Lock()
	tried = len(r.got)
	r.mu.Unlock()
	if tried < 8 || tried > 14 {
		t.Fatalf("tried %d times in 8 hours", tried)
	}
	r.start() // a restart forgets nothing
	r.answers(200)
	for range 61 {
		r.pass()
		r.now = r.now.Add(time.Minute)
	}
	got := r.heard(tried + 1)
	for _, h := range got {
		if id := h.header.Get("webhook-id"); id == "" || strings.Contains(id, ".") || id != got[0].header.Get("webhook-id") || string(h.body) != string(got[0].body) {
			t.Errorf("told %s as %q", h.body, id)
		}
	}
	if left := r.items(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

func TestWhoNeverAnswersIsGivenUp(t *testing.T) {
	r := newRig(t)
	r.answers(500)
	r.ask()
	for range 5 * 24 * 4 {
		r.pass()
		r.now = r.now.Add(15 * time.Minute)
	}
	if left := r.items(); len(left) != 1 || left[0].State != store.Dead || left[0].Reason != "gave_up: the subscriber answered 500" {
		t.Errorf("left %+v", left)
	}
}

// pile keeps so many announcements for the subscriber.
func (r *rig) pile(n int) {
	r.t.Helper()
	var items []store.Item
	for i := range n {
		items = append(items, store.Item{
			ID: fmt.Sprintf("msg_%03d/shop", i), Conn: conn, Kind: store.Announcement, State: store.Waiting, Ref: "shop", Topic: "exchange.created",
			Received: r.now, Due: r.now, Body: []byte(`{"type":"exchange.created","timestamp":"2026-11-22T12:00:00Z","data":{}}`),
		})
	}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: items}); err != nil {
		r.t.Fatal(err)
	}
}

// all does what is due now.
func (r *rig) all() (n int) {
	r.t.Helper()
	for {
		some, err := r.worker.Pass(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if n += some; some == 0 {
			return n
		}
	}
}

func TestWhatIsManyForOneWhoNeverAnswersIsGivenUpToo(t *testing.T) {
	const many = 32
	r := newRig(t)
	r.answers(500)
	r.pile(many)
	hours, moved := 0, 0
	for ; hours < 4*24; hours++ {
		for range 4 {
			n := r.all()
			if hours >= 2 {
				moved += n
			}
			r.now = r.now.Add(15 * time.Minute)
		}
	}
	if most := 2 * many * hours; moved > most {
		t.Errorf("%d announcements were looked at %d times in %d hours, want each about once an hour", many, moved, hours)
	}
	if left := r.count(store.Dead); left != many {
		t.Errorf("%d of %d are given up after 4 days", left, many)
	}
	r.answers(200)
	r.pileAgain()
	r.all()
	if left := r.count(store.Waiting, store.Dead); left != 0 {
		t.Errorf("%d are left after a person had them tried again", left)
	}
}

// count counts announcements in these states.
func (r *rig) count(states ...store.State) int {
	r.t.Helper()
	found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Announcement}, States: states, Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	return len(found)
}

// pileAgain lets all dead ones be tried again, as the inbox does by a person's word.
func (r *rig) pileAgain() {
	r.t.Helper()
	found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, States: []store.State{store.Dead}, Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range found {
		found[i].State, found[i].Due, found[i].Attempt, found[i].Reason = store.Waiting, r.now, 0, ""
	}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: found}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAnAddressInsideIsNotCalled(t *testing.T) {
	r := newRig(t)
	r.allow = nil
	r.start()
	r.subs[0].URL = connection.NewSecret("https://127.0.0.1:1/s3cret")
	r.ask()
	r.pass()
	r.heard(0)
	left := r.items()
	if len(left) != 1 || !strings.Contains(left[0].Reason, "inside this network") || strings.Contains(left[0].Reason, "s3cret") {
		t.Errorf("left %+v", left)
	}
}

func TestAChatIsToldALine(t *testing.T) {
	r := newRig(t)
	r.subs[0].Format, r.subs[0].Secrets = connection.Chat, nil
	r.ask()
	r.pass()
	got := r.heard(1)[0]
	if want := `{"text":"exchange.created: ex_1 of connection nordwear, at stage requested (tradeback exchanges why ex_1)"}`; string(got.body) != want {
		t.Errorf("told %s, want %s", got.body, want)
	}
}
