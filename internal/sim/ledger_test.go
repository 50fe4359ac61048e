package sim_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestTally(t *testing.T) {
	var tally sim.Tally
	if len(tally.Calls()) != 0 || len(tally.MaxInFlight()) != 0 {
		t.Error("the zero tally is not empty")
	}
	one := tally.Begin("GET /orders", "114")
	other := tally.Begin("GET /orders", "115")
	two := tally.Begin("PUT /orders", "114")
	tally.Begin("GET /warehouses", "")()
	if n := tally.InFlight("114"); n != 2 {
		t.Errorf("in flight %d, want 2", n)
	}
	one()
	one()
	two()
	other()
	three := tally.Begin("PUT /orders", "114")
	three()
	most := tally.MaxInFlight()
	if most["114"] != 2 || most["115"] != 1 || tally.Calls()["GET /orders"] != 2 || tally.InFlight("114") != 0 {
		t.Errorf("most %v, calls %v", most, tally.Calls())
	}
	tally.Reset()
	if len(tally.Calls()) != 0 || len(tally.MaxInFlight()) != 0 {
		t.Error("counts after a reset")
	}
}
