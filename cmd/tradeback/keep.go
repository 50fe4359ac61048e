package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/announce"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/subscription"
)

// subscriptionsEvery is how often a shop's webhook subscriptions are looked at.
const subscriptionsEvery = time.Hour

// reconciling are the options of reconcile for this process.
func (s *serving) reconciling(work *workMetrics) reconcile.Options {
	var changes *reconcile.Changes
	if s.settings.Reconcile > 0 { // else nobody would count them
		changes = &reconcile.Changes{}
	}
	return reconcile.Options{
		Store: s.store, NewID: s.ids.Make, Now: s.now, Log: s.log, Every: s.settings.Reconcile, Changes: changes, Swept: work.swept,
		Peers: s.peers.sweeping,
		Creates: func(c store.Conn) bool {
			settings, ok := s.policy(c)
			return ok && settings.AutoCreate
		},
	}
}

func (s *serving) subscribing(work *workMetrics) subscription.Options {
	return subscription.Options{
		Store: s.store, Topics: shopify.Topics(), URL: s.settings.PublicURL, Now: s.now, Log: s.log, Every: subscriptionsEvery, Kept: work.kept,
		Shops: func(c store.Conn) (subscription.Shop, error) {
			got, err := s.peers.pair(c)
			if err != nil {
				return nil, err
			}
			return got.shopify, nil
		},
	}
}

// beside is what works for a connection beside its inbox: the outbox, reconcile, what keeps the shop's webhooks
// coming, what is asked for privacy's sake, the announcements, and what counts for the metrics. When one of them ends, all do.
func (s *serving) beside(deliver outbox.Options, sweep reconcile.Options, subscribe subscription.Options, private privacy.Options, tell announce.Options, count func(store.Conn) *counting) func(*inbox.Worker) func(context.Context) error {
	return func(in *inbox.Worker) func(context.Context) error {
		s.peers.taken(in.Conn)
		out := outbox.New(deliver, in.Conn, in.Fence)
		out.Tell, in.Asked = in.Tell, out.Owe
		return func(ctx context.Context) error {
			g, ctx := errgroup.WithContext(ctx)
			g.Go(func() error { return out.Run(ctx) })
			if sweep.Every > 0 {
				g.Go(func() error { return reconcile.New(sweep, in.Conn).Run(ctx) })
			}
			g.Go(func() error { return subscription.New(subscribe, in.Conn).Run(ctx) })
			g.Go(func() error { return privacy.New(private, in.Conn, in.Fence).Run(ctx) })
			g.Go(func() error { return announce.New(tell, in.Conn, in.Fence).Run(ctx) })
			watch := &announce.Watch{
				Options: tell, Docs: s.store.Docs, Breakers: s.breakers, Settle: s.settings.CallTimeout, Conn: in.Conn, Fence: in.Fence,
			}
			g.Go(func() error { return watch.Run(ctx) })
			g.Go(func() error { return count(in.Conn).Run(ctx) })
			return g.Wait()
		}
	}
}

// sweeping are the two sides of a connection as reconcile asks them.
func (p *peers) sweeping(c store.Conn) (reconcile.Warehouse, reconcile.Shop, error) {
	got, err := p.pair(c)
	if err != nil {
		return nil, nil, err
	}
	return got.ongoing, got.shopify, nil
}

// subscribers are those of a connection.
func (s *serving) subscribers(c store.Conn) []connection.Subscriber {
	conn, _ := s.book.Get(c)
	return conn.Announcements
}

// announced is what subscribers are to be told of a step.
func (s *serving) announced(c store.Conn, before, after *exchange.Exchange, e *exchange.Entry, at time.Time) ([]store.Item, error) {
	return announce.Items(s.subscribers(c), before, after, e, at)
}

func (s *serving) announcing(work *workMetrics) announce.Options {
	return announce.Options{
		Store: s.store, Subscribers: s.subscribers, Now: s.now, Log: s.log, Settled: work.told,
		Client: lane.Anywhere(s.settings.AllowHosts, s.settings.CallTimeout),
	}
}

// breakers are those of a connection's lanes, as the store has them: others than serve call too.
func (s *serving) breakers(ctx context.Context, c store.Conn) ([]announce.Breaker, error) {
	var out []announce.Breaker
	for _, peer := range []exchange.PeerName{exchange.PeerOngoing, exchange.PeerShopify} {
		state, _, err := lane.KeepIn(documents{s.store}, c, string(peer)).Load(ctx)
		if err != nil {
			return nil, err
		}
		why, open := state.Open()
		out = append(out, announce.Breaker{Peer: peer, Open: open, Why: why})
	}
	return out, nil
}
