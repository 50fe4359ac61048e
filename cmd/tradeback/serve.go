package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/webhooks"
)

// newServe is the command that does the work: doors, API, inbox, outbox.
func newServe(e env) *cobra.Command {
	var s serving
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Receive webhooks, decide, and carry exchanges through",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.settings.Load(e.getenv); err != nil {
				return err
			}
			for _, point := range []string{s.crash, s.halt} {
				if !knownCrashPoint(point) {
					return fmt.Errorf("--crash-at or --halt-at: %q is no point of a delivery", point)
				}
			}
			return s.run(cmd.Context(), e)
		},
	}
	s.settings.Flags(cmd.Flags())
	cmd.Flags().StringVar(&s.crash, "crash-at", "", "end as kill -9 does when this point is first reached")
	cmd.Flags().StringVar(&s.halt, "halt-at", "", "stop as kill -STOP does when this point is reached, until kill -CONT")
	cmd.Flags().StringVar(&s.once, "once", "", "with --crash-at or --halt-at: only the first process that can make this `FILE` does")
	cmd.Flags().StringSliceVar(&s.noLook, "no-look", nil, "act without looking first, for these kinds of effects: shows what the look is for")
	cmd.Flags().IntVar(&s.rate, "rate", 0, "requests per second that one address, and one connection, may send; 0: as many as in service")
	cmd.Flags().DurationVar(&s.offset, "clock-offset", 0, "how far this machine's clock is made to be ahead")
	cmd.Flags().DurationVar(&s.later, "later", 0, "how much later it is made to be, by this machine's clock and by the store's own")
	for _, hidden := range []string{"crash-at", "halt-at", "once", "no-look", "rate", "clock-offset", "later"} {
		_ = cmd.Flags().MarkHidden(hidden) // fails only for a flag that does not exist
	}
	return cmd
}

// serving is one run of serve.
type serving struct {
	settings config.Process
	crash    string
	halt     string
	once     string
	noLook   []string
	rate     int
	offset   time.Duration
	later    time.Duration

	clock *clock
	time  func(context.Context) (time.Time, error) // of the store's own clock; nil: it has none
	name  string                                   // new with each start
	now   func() time.Time
	log   zerolog.Logger
	ids   *ident.Maker
	store *store.Store
	book  *connection.Book
	peers *peers
}

// gcPercent is how much the heap may grow before it is collected. What serve keeps is small, so at the usual 100 it is
// collected too often: a tenth of its time, for some megabytes.
const gcPercent = 150

// run opens the store, wires the parts, and serves until ctx ends.
func (s *serving) run(ctx context.Context, e env) (err error) {
	if e.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	s.clock = &clock{machine: func() time.Time { return e.now().Add(s.offset + s.later) }}
	s.now, s.ids = s.clock.Now, ident.New(nil)
	s.log = zerolog.New(e.stderr).With().Timestamp().Logger()
	engine, err := openStore(ctx, s.settings.Store, opening{serve: true, now: s.now, redis: redis.Options{
		Relaxed: s.settings.Durability == config.Relaxed, Wait: s.settings.Replicas, Changed: s.promised,
	}})
	if err != nil {
		return err
	}
	if at, ok := engine.(*redis.Engine); ok { // of a file there is nothing to say: it always is durable
		s.promised(at.Durability())
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if err := wholeStore(ctx, engine); err != nil {
		return err
	}
	if at, ok := engine.(timed); ok {
		s.time = func(ctx context.Context) (time.Time, error) {
			t, err := at.Time(ctx)
			return t.Add(s.later), err
		}
		s.readClock(ctx)
	}
	s.name = s.ids.Make("serve_", s.now()) // the first of its ids: those after it are no earlier
	s.store = store.New(engine)
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := s.connections(ctx, e); err != nil {
		return err
	}
	defer s.peers.close()

	listen := net.ListenConfig{}
	public, err := listen.Listen(ctx, "tcp", s.settings.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	var ops net.Listener
	if s.settings.OpsListen != "" {
		if ops, err = listen.Listen(ctx, "tcp", s.settings.OpsListen); err != nil {
			return errors.Join(fmt.Errorf("listen for operations: %w", err), public.Close())
		}
	}
	if s.settings.Replay != "" { // catching up comes before the doors open
		if err := replayFile(ctx, e, s.store, s.book, s.ids, s.now, s.settings.Replay); err != nil {
			return errors.Join(fmt.Errorf("replay %s: %w", s.settings.Replay, err), public.Close())
		}
	}
	return s.parts(ctx, e, public, ops)
}

// promised says how durable a Redis is.
func (s *serving) promised(d redis.Durability) {
	line := s.log.Info()
	switch {
	case len(d.Weak) > 0 && s.settings.Durability == config.Strict:
		line = s.log.Error() // it has become so: events are refused
	case len(d.Weak) > 0 || d.Replicas > d.Wait*d.Masters:
		line = s.log.Warn()
	}
	line.Int("masters", d.Masters).Int("replicas", d.Replicas).Str("promise", d.String()).Msg("store in redis")
}

// connections opens the book, after connections.yaml was applied, if one was given.
func (s *serving) connections(ctx context.Context, e env) error {
	sealer, err := connection.NewSealer(s.settings.Key.Reveal())
	if err != nil {
		return err
	}
	if s.settings.Connections != "" {
		text, err := os.ReadFile(s.settings.Connections)
		if err != nil {
			return fmt.Errorf("read connections: %w", err)
		}
		want, err := connection.Parse(text, e.getenv, connection.Options{AllowHosts: s.settings.AllowHosts})
		if err != nil {
			return err
		}
		for range 5 { // replicas that start together apply the same: who comes second finds it done
			if _, err = connection.Apply(ctx, documents{s.store}, sealer, want, audit.Process("serve --connections"), s.now()); !errors.Is(err, store.ErrConflict) {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("apply connections: %w", err)
		}
	}
	s.book = connection.NewBook(sealer)
	if err := s.book.Load(ctx, s.store); err != nil {
		s.log.Error().Err(err).Msg("a connection cannot be opened and is left out")
	}
	s.peers = &peers{book: s.book, docs: documents{s.store}, seal: sealer, now: s.now, call: s.settings.CallTimeout, hosts: s.settings.AllowHosts, watch: e.toPeers}
	return nil
}

// parts runs everything that lives as long as the process.
func (s *serving) parts(ctx context.Context, e env, public, ops net.Listener) error {
	metrics := server.NewMetrics()
	work, counted := newWorkMetrics(metrics.Registry, s.store), newCensus(metrics.Registry, s.now)
	metrics.Registry.MustRegister(newLaneMetrics(s.peers))
	at := atPoint(s.crash, s.once, crash)
	if s.halt != "" {
		at = atPoint(s.halt, s.once, halt)
	}
	rate := server.DefaultRate
	if s.rate > 0 {
		rate = limit.Rate{PerSecond: float64(s.rate), Burst: 2 * s.rate}
	}
	deliver := outbox.Options{
		Store: s.store, Peers: s.peers.peer, NewID: s.ids.Make, Now: s.now, Log: s.log,
		Retry: outbox.Retry{First: s.settings.RetryFirst, Last: time.Hour, GiveUp: 72 * time.Hour},
		Call:  s.settings.CallTimeout, Quiet: s.settings.Quiet, At: at, Looks: s.looks(),
		Settled: work.settled,
	}
	sweep := s.reconciling(work)
	private := privacy.Options{Store: s.store, Now: s.now, Log: s.log, Ended: work.redacted}
	owner := &inbox.Owner{
		Options: inbox.Options{
			Store: s.store, Settings: s.policy, Item: outbox.Item, Now: s.now, Log: s.log, At: at, Moved: work.moved, Told: s.told, Beside: privacy.Asked, Announce: s.announced, Committed: func(before, after *exchange.Exchange, e *exchange.Entry) {
				sweep.Changes.Committed(before, after, e)
				work.committed(before, after, e)
			},
		},
		Name: s.name, TTL: 6 * time.Second, Conns: s.enabled,
		Part: s.beside(deliver, sweep, s.subscribing(work), private, s.announcing(work), func(c store.Conn) *counting {
			return &counting{census: counted, conn: c, store: s.store, log: s.log, seen: work.seen}
		}),
	}
	doors := webhooks.New(s.book, atPoints{s.store, at}, webhooks.Options{
		Now: s.now, IDs: s.ids, Rate: rate, Count: metrics.Event,
	})
	api := rest.New(&doorBook{Book: s.book, docs: s.store, now: s.now}, s.store, rest.Options{
		Now: s.now, IDs: s.ids, Rate: rate, Done: ctx.Done(), Used: s.used, Doctor: s.doctor, Rotate: rotating{s},
		Subscribers: subscribers{s, lane.Anywhere(s.settings.AllowHosts, s.settings.CallTimeout)},
	})
	web := server.New(server.Options{
		Listener: public, Ops: ops, Log: s.log, Metrics: metrics, Now: s.now, Rate: rate, TrustedProxies: s.settings.TrustedProxies,
		Ready: func(context.Context) error { return s.store.Ready() },
	}, doors, api)

	if err := json.NewEncoder(e.stdout).Encode(addresses(public, ops)); err != nil {
		return fmt.Errorf("say where: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, run := range []func(context.Context) error{
		web.Run, owner.Run, s.refresh, func(ctx context.Context) error { return s.sweep(ctx, work.pastTime) }, (&hearing{serving: s, seen: doors.Seen}).Run,
		(&audit.Announcer{Store: s.store, Now: s.now, Log: s.log}).Run,
		(&privacy.Aside{Options: private, Name: s.name + "/privacy", Conns: s.disabled}).Run,
	} {
		g.Go(func() error {
			if err := run(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	return g.Wait()
}

func addresses(public, ops net.Listener) map[string]string {
	out := map[string]string{"listening": public.Addr().String()}
	if ops != nil {
		out["ops"] = ops.Addr().String()
	}
	return out
}

// policy is what the inbox asks of a connection's settings.
func (s *serving) policy(c store.Conn) (inbox.Settings, bool) {
	conn, ok := s.book.Get(c)
	return inbox.Settings{Policy: conn.Policy(), AutoCreate: conn.Exchanges.AutoCreate}, ok && conn.Enabled
}

func (s *serving) enabled() []store.Conn { return s.switched(true) }

func (s *serving) disabled() []store.Conn { return s.switched(false) }

func (s *serving) switched(on bool) []store.Conn {
	var out []store.Conn
	for _, c := range s.book.All() {
		if c.Enabled == on {
			out = append(out, c.Name)
		}
	}
	return out
}

// told hears of every event before it is decided: a shop that took the app away is not called any more.
func (s *serving) told(c store.Conn, it store.Item) {
	if it.Source != "shopify" || it.Topic != "app/uninstalled" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.peers.uninstalled(ctx, c); err != nil {
		s.log.Error().Err(err).Str("connection", string(c)).Msg("the app was uninstalled; its lane could not be closed")
	}
}

// used notes when an API key was used.
func (s *serving) used(ctx context.Context, k connection.Key) {
	err := connection.UseKey(ctx, documents{s.store}, k, s.now())
	if err != nil && !errors.Is(err, store.ErrConflict) { // then another replica has just noted it
		s.log.Warn().Err(err).Str("key", k.ID).Msg("use of a key could not be noted")
	}
}

func (s *serving) looks() func(exchange.Kind) bool {
	if len(s.noLook) == 0 {
		return nil
	}
	return func(k exchange.Kind) bool {
		for _, no := range s.noLook {
			if no == string(k) {
				return false
			}
		}
		return true
	}
}

// readClock keeps our clock with the store's.
func (s *serving) readClock(ctx context.Context) {
	if s.time == nil {
		return
	}
	differs, err := s.clock.look(ctx, s.time)
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.Warn().Err(err).Msg("the store's clock could not be read; it will be tried again")
	case differs.Abs() > time.Second:
		s.log.Warn().Stringer("ahead", differs).Msg("this machine's clock differs from the store's, which counts")
	}
}

// refresh keeps the book up to date, since other commands change settings beside us, and our clock with the
// store's.
func (s *serving) refresh(ctx context.Context) error {
	return every(ctx, time.Second, func() {
		s.readClock(ctx)
		if err := s.book.Load(ctx, s.store); err != nil && ctx.Err() == nil {
			s.log.Error().Err(err).Msg("settings could not be read anew")
		}
	})
}

// sweep drops what is past its time. One of those who serve does it, who has the lease of the process's own
// shard.
func (s *serving) sweep(ctx context.Context, dropped func(store.Swept)) error {
	return every(ctx, time.Minute, func() {
		if _, err := s.store.Own(ctx, "", s.name, 90*time.Second); err != nil {
			if !errors.Is(err, store.ErrHeld) && ctx.Err() == nil {
				s.log.Warn().Err(err).Msg("who drops what is past its time cannot be asked; it will be tried again")
			}
			return
		}
		var all store.Swept
		for {
			n, err := s.store.Sweep(ctx, s.now(), 500)
			if err != nil && ctx.Err() == nil {
				s.log.Warn().Err(err).Msg("what is past its time could not be dropped")
			}
			if all = all.Add(n); err != nil || n.Rows() < 500 {
				break
			}
		}
		dropped(all)
		if all.Rows() > 0 {
			s.log.Info().Int("bodies", all.Bodies).Int("dedupe_keys", all.Keys).Int("ignored_events", all.Ignored).
				Int("parked_items", all.Parked).Msg("dropped what is past its time")
		}
	})
}

func every(ctx context.Context, d time.Duration, do func()) error {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			do()
		}
	}
}

// atPoints tells where a door stands before and after an event is kept.
type atPoints struct {
	*store.Store
	at func(point string)
}

func (r atPoints) Receive(ctx context.Context, ev store.Item) error {
	if r.at == nil {
		return r.Store.Receive(ctx, ev)
	}
	r.at("before_keep")
	err := r.Store.Receive(ctx, ev)
	r.at("before_answer")
	return err
}
