package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

const (
	patience = 10 * time.Second // how long a command waits for what serve makes of its event
	glance   = 200 * time.Millisecond
)

func newExchangesCancel(e env) *cobra.Command {
	var reason, by string
	c := onExchange(e, &cobra.Command{
		Use: "cancel ID [--reason TEXT]", Short: "Call an exchange off",
		Long: "Call an exchange off. That is kept as an event with your name on it; serve carries it out, and is waited for up to\n10 s where it runs. What the warehouse has sent cannot be called off any more. " + anyName,
	}, func(ctx context.Context, o onOne) error {
		if len(reason) > 200 || strings.ContainsFunc(reason, unicode.IsControl) {
			return usage("--reason must be one line of at most 200 characters")
		}
		if by == "" {
			by = e.user()
		}
		return e.cancel(ctx, o, reason, by)
	})
	c.Flags().StringVar(&reason, "reason", "", "why, for the timeline: no personal data")
	c.Flags().StringVar(&by, "by", "", "`NAME` of who calls it off; your user name if left out")
	return c
}

func (e env) cancel(ctx context.Context, o onOne, reason, by string) error {
	switch o.x.Stage {
	case exchange.Cancelling, exchange.Cancelled:
		return e.calledOff(ctx, o)
	case exchange.Sent, exchange.Completed:
		return tooLate(o.x)
	}
	now, err := e.clockOf(ctx, o.Engine)
	if err != nil {
		return err
	}
	it, err := cancelItem(o.x, reason, e.person(by), ident.New(nil), now())
	if err != nil {
		return err
	}
	done, err := e.told(ctx, &o, it, "serve calls "+string(o.x.ID)+" off when it comes to it")
	if err != nil || !done {
		return err
	}
	if o.x.Stage != exchange.Cancelling && o.x.Stage != exchange.Cancelled {
		return tooLate(o.x)
	}
	return e.calledOff(ctx, o)
}

// told keeps an event about an exchange, and waits for its end where serve runs. o then holds what came of it; done is
// false when nothing did yet, and the user was told so.
func (e env) told(ctx context.Context, o *onOne, it store.Item, until string) (done bool, err error) {
	if err := (receiver{o.Engine}).Receive(ctx, it); err != nil {
		return false, fmt.Errorf("keep %s of %s: %w", it.Topic, o.x.ID, err)
	}
	if o.served {
		if it, err = ended(ctx, *o, it); err != nil {
			return false, err
		}
	}
	switch it.State {
	case store.Waiting, store.Parked:
		if o.json {
			return false, printJSON(e.stdout, rest.EventView(it))
		}
		_, err := fmt.Fprintf(e.stdout, "kept as %s: %s\n", it.ID, until)
		return false, err
	case store.Dead:
		return false, fmt.Errorf("%s could not be handled: %s", it.ID, it.Reason)
	}
	found, err := o.Load(ctx, o.x.Connection, o.x.ID)
	if err != nil {
		return false, err
	}
	o.x = found[0]
	return true, nil
}

func tooLate(x exchange.Exchange) error {
	return refused("%s cannot be called off any more: its stage is %s", x.ID, x.Stage)
}

// calledOff shows an exchange that is, or is being, called off.
func (e env) calledOff(ctx context.Context, o onOne) error {
	if o.json {
		v, err := o.view(ctx)
		if err != nil {
			return err
		}
		return printJSON(e.stdout, v)
	}
	_, err := fmt.Fprintf(e.stdout, "%s is %s\n", o.x.ID, o.x.Stage)
	return err
}

// cancelItem is the event that calls x off.
func cancelItem(x exchange.Exchange, reason string, who audit.Actor, ids *ident.Maker, now time.Time) (store.Item, error) {
	return personItem(x, exchange.Event{
		Kind: exchange.EventCancel, Topic: "exchanges.cancel", Cancel: &exchange.CancelAsk{By: "person", Reason: reason},
	}, who, ids, now)
}

// personItem is an event about x that a person made.
func personItem(x exchange.Exchange, ev exchange.Event, who audit.Actor, ids *ident.Maker, now time.Time) (store.Item, error) {
	it := store.Item{
		ID: ids.Make("ev_", now), Conn: x.Connection, Kind: store.Event, State: store.Waiting,
		Source: "person", Topic: ev.Topic, Received: now, Due: now,
	}
	ev.ID, ev.At, ev.Source, ev.Actor = it.ID, now, it.Source, who.Name
	body, err := json.Marshal(exchange.Notice{Event: ev, About: []exchange.About{{Ref: exchange.RefID(x.ID)}}})
	if err != nil {
		return it, fmt.Errorf("encode notice %s: %w", it.ID, err)
	}
	it.Body = body
	return audit.OnExchange(it, who, &x, ev), nil
}

// ended waits for an event's end, and gives it as it stands when patience has.
func ended(ctx context.Context, st store.Reads, it store.Item) (store.Item, error) {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	look := time.NewTicker(glance)
	defer look.Stop()
	for {
		now, err := findEvent(ctx, st, it.Conn, it.ID)
		if err != nil || now.State != store.Waiting {
			return now, err
		}
		select {
		case <-look.C:
		case <-enough.C:
			return now, nil
		case <-ctx.Done():
			return now, ctx.Err()
		}
	}
}
