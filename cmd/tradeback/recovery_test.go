package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

// TestAnOldBackupDoesNothingTwice takes backups in the middle of an exchange, lets it come to its end, and goes on
// from each of them: what was done since is known to the peers alone (F21).
func TestAnOldBackupDoesNothingTwice(t *testing.T) {
	w := startWhole(t)
	r := beside(t, w)
	s := w.request("#1001", w.variants())
	backups := []string{"requested"}
	backup := func(stage string) {
		r.want(0, "store", "backup", "--to", filepath.Join(w.dir, stage+".db"))
	}
	backup("requested")
	s.at = func(stage string) {
		if stage != "completed" {
			backups = append(backups, stage)
			backup(stage)
		}
	}
	s.play()
	s.check()
	for _, stage := range backups {
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		r.want(0, "store", "restore", "--from", filepath.Join(w.dir, stage+".db"), "--force")
		before := len(w.log.String())
		w.start()
		w.eventually("the end of the hold after a restore at "+stage, func() bool {
			return strings.Contains(w.log.String()[before:], "recovery hold ended")
		})
		raised := ""
		w.eventually("an end after a restore at "+stage, func() bool {
			var x struct {
				Stage  string
				Raised []struct{ Code, Message string }
			}
			if w.api("GET", "/v1/exchanges/"+s.shown.ID, "", &x); x.Stage == "completed" {
				return true
			}
			for _, one := range x.Raised {
				raised = one.Code + ": " + one.Message
			}
			// How far the first backup had come, nobody says: before the return was known, or before its lines were read.
			return slices.Contains([]string{"effect_ambiguous", "agreed_unknown"}, strings.Split(raised, ":")[0])
		})
		t.Logf("restored at %s: %s", stage, raised)
		if stage != "requested" && raised != "" && !strings.Contains(raised, "backup") {
			t.Errorf("after a restore at %s it is raised: %s", stage, raised)
		}
		s.check()
		var o sim.OngoingLedger
		w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
		if back := o.ReturnOrders[s.shown.ReturnNumber]; len(o.ReturnOrders) != 1 {
			t.Errorf("after a restore at %s there are %d return orders, %+v", stage, len(o.ReturnOrders), back)
		}
	}
}
