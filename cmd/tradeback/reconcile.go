package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/subscription"
)

// reconciled is what reconcile prints as JSON.
type reconciled struct {
	Exchanges   []reconcile.Comparison `json:"exchanges"`
	Connections []reconciledConn       `json:"connections"`
	Told        int                    `json:"told"` // events kept, by which serve reads what has moved
}

// reconciledConn is how a connection stands.
type reconciledConn struct {
	Connection    exchange.Conn                         `json:"connection"`
	Since         *time.Time                            `json:"counted_since"` // null: it was not served yet
	Last          *time.Time                            `json:"last_sweep"`
	Trouble       string                                `json:"trouble"` // why the last sweep was broken off
	Tally         map[exchange.PeerName]reconcile.Tally `json:"tally"`
	Advice        []string                              `json:"advice"`
	Returns       []string                              `json:"returns_without_exchange"`
	Strays        []stray                               `json:"strays"`
	Subscriptions subscription.State                    `json:"subscriptions"`
}

// stray is a reconcile.Stray with its words.
type stray struct {
	reconcile.Stray
	Text string `json:"text"`
}

// sweeping is one run of the command.
type sweeping struct {
	env
	settings config.Process
	conn     string
	about    string
	dry      bool
	json     bool

	st    store.Engine
	book  *connection.Book
	peers *peers
	now   func() time.Time
	ids   *ident.Maker
	out   reconciled
}

func newReconcile(e env) *cobra.Command {
	r := sweeping{env: e}
	c := &cobra.Command{
		Use: "reconcile", Short: "Compare exchanges with Ongoing and Shopify now", Args: cobra.NoArgs,
		Long: `Compare the open exchanges with Ongoing and Shopify now: what each of the two has, and what we believe. Each difference
is printed with the command that mends it. What has moved without our knowing is kept as an event of source reconcile,
which has serve read it anew; --dry-run keeps nothing. Both peers are only asked, never changed.

serve does the same by itself every 15 minutes (--reconcile). How many changes came without a webhook is printed for each
connection, with what can be done about it. --exchange compares one exchange alone, also one that has ended.`,
	}
	r.settings.Flags(c.Flags(), "store", "allow-host", "key", "call-timeout")
	c.Flags().StringVar(&r.conn, "connection", "", "of this connection alone")
	c.Flags().StringVar(&r.about, "exchange", "", "this exchange alone: any of its names")
	c.Flags().BoolVar(&r.dry, "dry-run", false, "compare, and keep no event")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		r.json = *asJSON
		return e.withStore(c.Context(), &r.settings, false, func(st store.Engine) error { return r.run(c.Context(), st) })
	}
	return c
}

func (r *sweeping) run(ctx context.Context, st store.Engine) (err error) {
	r.st, r.ids, r.out = st, ident.New(nil), reconciled{Exchanges: []reconcile.Comparison{}, Connections: []reconciledConn{}}
	name, err := checkConn(ctx, st, r.conn)
	if err != nil {
		return err
	}
	var only *exchange.Exchange
	if r.about != "" {
		x, err := findExchange(ctx, st, name, r.about)
		if err != nil {
			return err
		}
		only, name = &x, x.Connection
	}
	if r.now, err = r.clockOf(ctx, st); err != nil {
		return err
	}
	if r.book, err = r.openBook(ctx, &r.settings, st); err != nil {
		return err
	}
	sealer, err := connection.NewSealer(r.settings.Key.Reveal())
	if err != nil {
		return err
	}
	r.peers = &peers{book: r.book, docs: st, seal: sealer, now: r.now, call: r.settings.CallTimeout, hosts: r.settings.AllowHosts}
	defer r.peers.close()
	var trouble []error
	for _, c := range r.book.All() {
		if name != "" && c.Name != name || name == "" && !c.Enabled {
			continue
		}
		if err := r.one(ctx, c, only); err != nil {
			trouble = append(trouble, fmt.Errorf("%s: %w", c.Name, err))
		}
	}
	if r.json {
		err = printJSON(r.stdout, r.out)
	} else {
		err = r.print()
	}
	if len(trouble) > 0 {
		return errors.Join(err, &statusError{exitUnreachable, errors.Join(trouble...)})
	}
	for broken := range r.book.Broken() { // openBook has said why
		if name == "" || name == exchange.Conn(broken) {
			return errors.Join(err, refused("what cannot be opened was not compared"))
		}
	}
	return err
}

// one compares a connection, or only one exchange of it.
func (r *sweeping) one(ctx context.Context, c connection.Connection, only *exchange.Exchange) error {
	w := reconcile.New(reconcile.Options{
		Store: sweepStore{receiver{r.st}, r.person("")}, Peers: r.peers.sweeping, NewID: r.ids.Make, Now: r.now, Log: zerolog.Nop(),
	}, c.Name)
	if only != nil {
		list, err := w.Compare(ctx, []exchange.Exchange{*only})
		return errors.Join(r.add(ctx, w, list), err)
	}
	about := reconciledConn{Connection: c.Name, Advice: []string{}, Returns: []string{}, Strays: []stray{}}
	state, stateErr := reconcile.StateOf(ctx, r.st, c.Name)
	subs, subsErr := subscription.StateOf(ctx, r.st, c.Name)
	if err := errors.Join(stateErr, subsErr); err != nil {
		return err
	}
	err := w.Each(ctx, "", func(some []reconcile.Comparison, _ string, _ error) error { return r.add(ctx, w, some) })
	if err == nil && !state.Since.IsZero() {
		err = r.lost(ctx, w, c, &state, &about)
	}
	if !state.Since.IsZero() {
		about.Since = &state.Since
	}
	if !state.Last.IsZero() {
		about.Last = &state.Last
	}
	about.Trouble, about.Tally, about.Subscriptions = state.Trouble, state.Tally, subs
	about.Advice = append(about.Advice, state.Advice()...)
	for _, s := range state.Strays {
		about.Strays = append(about.Strays, stray{s, s.Text()})
	}
	r.out.Connections = append(r.out.Connections, about)
	return err
}

// sinceDay is how far back returns that no exchange is known of are looked for.
const sinceDay = 24 * time.Hour

// lost looks for returns that no exchange is known of.
func (r *sweeping) lost(ctx context.Context, w *reconcile.Worker, c connection.Connection, state *reconcile.State, about *reconciledConn) error {
	_, shop, err := r.peers.sweeping(c.Name)
	if err != nil || !c.Exchanges.AutoCreate {
		return err
	}
	found, _, err := w.Lost(ctx, shop, state, r.now().Add(-sinceDay))
	if err != nil {
		return err
	}
	for _, one := range found {
		about.Returns = append(about.Returns, one.ReturnID)
		if r.dry {
			continue
		}
		told, err := w.TellLost(ctx, one)
		if err != nil {
			return err
		}
		if told {
			r.out.Told++
		}
	}
	return nil
}

// add keeps comparisons to print, and tells what has moved.
func (r *sweeping) add(ctx context.Context, w *reconcile.Worker, list []reconcile.Comparison) error {
	for i := range list {
		for j := range list[i].Differences {
			d := &list[i].Differences[j]
			if r.dry {
				continue
			}
			told, err := w.Tell(ctx, *d)
			if err != nil {
				return err
			}
			if d.Told = told; told {
				r.out.Told++
			}
		}
	}
	r.out.Exchanges = append(r.out.Exchanges, list...)
	return nil
}

// sweepStore is an engine as reconcile uses a store, for somebody.
type sweepStore struct {
	receiver
	who audit.Actor
}

// Receive keeps an event once, with its entry: what was told is an action of who runs the command.
func (s sweepStore) Receive(ctx context.Context, it store.Item) error {
	return s.receiver.Receive(ctx, audit.Marked(it, audit.Entry{Actor: s.who, Action: "reconcile.tell", Target: string(it.Exchange)}))
}

// Put writes a document. Errors: store.ErrConflict.
func (s sweepStore) Put(ctx context.Context, d store.Doc) error {
	results, err := s.Apply(ctx, []store.Op{store.Put{Doc: d}})
	if err != nil {
		return err
	}
	return results[0]
}
