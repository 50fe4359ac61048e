package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

// suffered lists what so many calls of each name suffer.
func suffered(c sim.Chance, n int, names ...string) map[string][]string {
	var f sim.Faults
	f.Draw(c)
	got := map[string][]string{}
	for range n {
		for _, name := range names {
			fault, harmed := f.Take(name)
			kind := ""
			if harmed {
				kind = fmt.Sprintf("%s %d %d", fault.Kind, fault.Status, fault.DelayMS)
			}
			got[name] = append(got[name], kind)
		}
	}
	return got
}

func TestChanceFollowsFromItsSeed(t *testing.T) {
	c := sim.Chance{Seed: 7, Calls: 200, InARow: 100}
	one, again := suffered(c, 500, "order", "return"), suffered(c, 500, "return", "order", "refundCreate")
	if !slices.Equal(one["order"], again["order"]) || !slices.Equal(one["return"], again["return"]) {
		t.Error("the same seed did not do the same to the same calls")
	}
	c.Seed++
	if other := suffered(c, 500, "order"); slices.Equal(one["order"], other["order"]) {
		t.Error("another seed did the same")
	}
	if slices.Equal(one["order"], one["return"]) {
		t.Error("two calls suffer alike")
	}
	harmed := 500 - len(slices.DeleteFunc(one["order"], func(kind string) bool { return kind != "" }))
	if harmed < 60 || harmed > 140 {
		t.Errorf("%d of 500 harmed, want about 100", harmed)
	}
}

func TestChanceLeavesAWayThrough(t *testing.T) {
	got := suffered(sim.Chance{Calls: 1000, InARow: 3}, 12, "order")["order"]
	for i, kind := range got {
		if through := (i+1)%4 == 0; (kind == "") != through {
			t.Errorf("call %d: %q", i, kind)
		}
	}
}

func TestChanceKeepsNobodyWaiting(t *testing.T) {
	for _, got := range suffered(sim.Chance{Calls: 1000, Kinds: []string{sim.Slow}, DelayMS: 40, InARow: 1000}, 200, "order")["order"] {
		var delay int
		if _, err := fmt.Sscanf(got, "slow 0 %d", &delay); err != nil || delay < 1 || delay > 40 {
			t.Fatalf("%q: %v", got, err)
		}
	}
}

func TestChanceValidate(t *testing.T) {
	for want, c := range map[string]sim.Chance{
		"is not between": {Calls: 1001}, "is not one of": {Kinds: []string{"explode"}}, "count from 0": {LateMS: -1},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c, err, want)
		}
	}
}

func TestChanceOfWebhooks(t *testing.T) {
	run := func() (sent []string, states map[string]int) {
		m, url := newMailbox(t)
		c := newCourier(t, time.Millisecond)
		c.SetChance(sim.Chance{Seed: 3, Dropped: 200, Doubled: 200, Late: 500, LateMS: 5})
		for i := range 50 {
			letters(c, url, nil, fmt.Sprintf("%02d", i))
		}
		states = map[string]int{}
		for _, r := range settled(t, c) {
			states[r.State]++
		}
		return m.wait(t, states[sim.Delivered]), states
	}
	sent, states := run()
	_, again := run()
	if states[sim.Dropped] == 0 || states[sim.Delivered]+states[sim.Dropped] <= 50 || again[sim.Dropped] != states[sim.Dropped] || again[sim.Delivered] != states[sim.Delivered] {
		t.Errorf("states %v, and again %v", states, again)
	}
	if slices.IsSorted(sent) {
		t.Error("nothing came out of order")
	}
}

func TestChanceByControl(t *testing.T) {
	r := newRig(t, nil)
	r.control("POST", "/chance", `{"seed": 1, "calls": 1000, "kinds": ["throttle"], "in_a_row": 2}`).want(200)
	r.api("GET", "/warehouses", "").want(429)
	r.api("GET", "/warehouses", "").want(429)
	r.api("GET", "/warehouses", "").want(200)
	if got := r.sim.Ledger().Harmed["throttle"]; got != 2 {
		t.Errorf("%d harmed, want 2", got)
	}
	r.control("DELETE", "/faults", "").want(200)
	r.api("GET", "/warehouses", "").want(200)
	r.api("GET", "/warehouses", "").want(200)
	r.control("POST", "/reset", "").want(200)
	if got := r.sim.Ledger().Harmed; len(got) != 0 {
		t.Errorf("after a reset: %v", got)
	}
}
