package audit

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// announcement is the message by which the end of a chain is told.
const announcement = "audit head"

// Announcer tells the log where each chain ends: when it begins, and daily. A log that is kept elsewhere then knows
// more than whoever can write to the store.
type Announcer struct {
	Store interface {
		Reader
		Conns(ctx context.Context) ([]store.Conn, error)
	}
	Now func() time.Time
	Log zerolog.Logger

	last time.Time
}

// Pass tells of every chain, if the last time is a day ago.
func (a *Announcer) Pass(ctx context.Context) (told int, err error) {
	now := a.Now()
	if since := now.Sub(a.last); !a.last.IsZero() && since >= 0 && since < 24*time.Hour {
		return 0, nil
	}
	conns, err := a.Store.Conns(ctx)
	if err != nil {
		return 0, err
	}
	var broken []error
	for _, c := range append([]exchange.Conn{""}, conns...) {
		head, err := store.HeadOf(ctx, a.Store, c)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		if head.Lines == 0 {
			continue
		}
		a.Log.Info().Str("chain", string(c)).Uint64("number", head.Lines).Str("link", head.Link).Msg(announcement)
		told++
	}
	if err := errors.Join(broken...); err != nil {
		return told, err
	}
	a.last = now
	return told, nil
}

// Run repeats Pass, and rests for a minute between.
func (a *Announcer) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if _, err := a.Pass(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn().Err(err).Msg("the ends of the audit chains could not be told; it will be tried again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
