package rest

import (
	"context"
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/store"
)

// replayInput says which events are meant: some by their ids, those of an exchange, or those of a time.
type replayInput struct {
	Connection string   `json:"connection,omitempty" validate:"max=40"`
	Events     []string `json:"events,omitempty" validate:"max=500,dive,min=1,max=300"`
	Exchange   string   `json:"exchange,omitempty" validate:"max=300"`
	Since      string   `json:"since,omitempty" validate:"omitempty,time"`
	Until      string   `json:"until,omitempty" validate:"omitempty,time"` // this and what follows go with since
	Limit      int      `json:"limit,omitempty" validate:"min=0,max=500"`
	After      string   `json:"after,omitempty"`
}

// check says what does not go together.
func (in replayInput) check() error {
	ways := 0
	for _, given := range []bool{len(in.Events) > 0, in.Exchange != "", in.Since != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return &InvalidError{Reason: "give one of events, exchange and since"}
	case in.Since == "" && (in.Until != "" || in.Limit != 0 || in.After != ""):
		return &InvalidError{Reason: "until, limit and after go with since alone"}
	}
	return nil
}

// replayEvents handles POST /v1/replays: 200 with the events by which they are told again.
func (a *API) replayEvents(c *fiber.Ctx, key connection.Key) error {
	r, list, left, next, err := a.tellings(c, key)
	if err != nil {
		return err
	}
	out := replay.List[replay.Replayed]{Data: []replay.Replayed{}, Left: append([]replay.Left{}, left...), Next: next}
	would := r.Rehearse()
	for _, t := range list {
		heard, err := would.Tell(c.UserContext(), t)
		if err != nil {
			return err
		}
		out.Data = append(out.Data, t.Replayed(heard))
	}
	if err := replay.Keep(c.UserContext(), a.store, list); err != nil {
		return errors.Join(ErrNotKept, err)
	}
	return c.JSON(out)
}

// rehearseReplay handles POST /v1/replays/rehearse: what would follow. Nothing is stored.
func (a *API) rehearseReplay(c *fiber.Ctx, key connection.Key) error {
	r, list, left, next, err := a.tellings(c, key)
	if err != nil {
		return err
	}
	out := replay.List[replay.Rehearsal]{Data: []replay.Rehearsal{}, Left: append([]replay.Left{}, left...), Next: next}
	would := r.Rehearse()
	for _, t := range list {
		heard, err := would.Tell(c.UserContext(), t)
		if err != nil {
			return err
		}
		out.Data = append(out.Data, heard...)
	}
	return c.JSON(out)
}

// tellings are the events that a request means.
func (a *API) tellings(c *fiber.Ctx, key connection.Key) (r *replay.Teller, list []replay.Telling, left []replay.Left, next string, err error) {
	var in replayInput
	if err = decode(c, &in); err == nil {
		err = in.check()
	}
	if err != nil {
		return nil, nil, nil, "", err
	}
	r = &replay.Teller{Reads: a.store, IDs: a.IDs, Now: a.Now, Who: actor(key), Book: func() (replay.Directory, error) { return a.book, nil }}
	list, left, next, err = a.meant(c.UserContext(), r, in)
	var no *replay.UnfitError
	if errors.As(err, &no) {
		err = &RefusedError{Code: "not_replayable", Title: "It cannot be told again", Detail: no.Reason}
	}
	return r, list, left, next, err
}

func (a *API) meant(ctx context.Context, r *replay.Teller, in replayInput) (list []replay.Telling, left []replay.Left, next string, err error) {
	conn := exchange.Conn(in.Connection)
	switch {
	case len(in.Events) > 0:
		list, err = r.Events(ctx, conn, in.Events)
		if errors.Is(err, store.ErrNotFound) {
			err = &InvalidError{Fields: []FieldError{{"events", err.Error()}}}
		}
	case in.Exchange != "":
		var x *exchange.Exchange
		if x, err = a.named(ctx, exchange.ID(in.Exchange)); errors.Is(err, ErrNotFound) {
			return nil, nil, "", &InvalidError{Fields: []FieldError{{"exchange", "there is no such exchange"}}}
		} else if err == nil {
			list, left, err = r.Exchange(ctx, *x)
		}
	default:
		since, _ := moment(in.Since) // decode has checked both
		until := a.Now()
		if in.Until != "" {
			until, _ = moment(in.Until)
		}
		if !since.Before(until) {
			return nil, nil, "", &InvalidError{Fields: []FieldError{{"until", "must be after since"}}}
		}
		if list, left, next, err = r.Between(ctx, conn, since, until, in.After, in.Limit); err != nil {
			err = listing(err, "find what was told")
		}
	}
	if err != nil {
		err = fmt.Errorf("replay: %w", err)
	}
	return list, left, next, err
}
