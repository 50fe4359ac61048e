package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

func TestTheStoresClockCounts(t *testing.T) {
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	machine, store := start.Add(time.Hour), start
	c := clock{machine: func() time.Time { return machine }}
	read := func(context.Context) (time.Time, error) {
		machine = machine.Add(20 * time.Millisecond)
		return store.Add(10 * time.Millisecond), nil
	}
	if got := c.Now(); !got.Equal(machine) {
		t.Errorf("before the store's clock was read it is %s, want the machine's %s", got, machine)
	}
	if off, err := c.look(t.Context(), read); off != time.Hour || err != nil {
		t.Errorf("the machine's clock is said to differ by %s, %v; want an hour", off, err)
	}
	if got, want := c.Now(), start.Add(20*time.Millisecond); !got.Equal(want) {
		t.Errorf("it is %s, want %s", got, want)
	}
	machine, store = machine.Add(time.Minute), store.Add(time.Minute+50*time.Millisecond)
	if off, err := c.look(t.Context(), read); off != 0 || err != nil {
		t.Errorf("a difference within what reading takes is said to be %s, %v", off, err)
	}
	if got, want := c.Now(), start.Add(time.Minute+40*time.Millisecond); !got.Equal(want) {
		t.Errorf("it is %s, want %s: as the machine counts", got, want)
	}
	machine = machine.Add(-3 * time.Hour) // somebody sets it back
	if _, err := c.look(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	if got, want := c.Now(), store.Add(20*time.Millisecond); !got.Equal(want) {
		t.Errorf("after the machine's clock was set it is %s, want %s", got, want)
	}
	before := c.Now()
	if _, err := c.look(t.Context(), func(context.Context) (time.Time, error) { return time.Time{}, errors.New("away") }); err == nil || !c.Now().Equal(before) {
		t.Errorf("a store that does not answer: %v, and it is %s, want an error and %s", err, c.Now(), before)
	}
}

func TestWhatAPersonAsksForGoesByTheStoresClock(t *testing.T) {
	r := newRig(t) // whose machine shows another time than Redis does
	r.furnish(2)
	server := redistest.Start(t)
	r.want(0, "store", "copy", "--from", r.env["TRADEBACK_STORE"], "--to", server.URL())
	r.env["TRADEBACK_STORE"] = server.URL()
	before := time.Now().Add(-time.Minute)
	r.want(0, "exchanges", "cancel", "ex_0001", "--reason", "a mistake")
	r.want(0, "replay", "--event", "ev_0001")
	e, err := redis.Open(t.Context(), server.URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	found, _, err := e.Items(t.Context(), store.Query{Conn: "nordwear", Kinds: []store.Kind{store.Event}, States: []store.State{store.Waiting}})
	if err != nil || len(found) != 2 {
		t.Fatalf("%d events wait, %v; want two", len(found), err)
	}
	for _, it := range found {
		if it.Due.Before(before) || it.Due.After(before.Add(2*time.Minute)) || !it.Received.Equal(it.Due) {
			t.Errorf("%s of %s is due at %s, want now", it.ID, it.Source, it.Due)
		}
	}
}
