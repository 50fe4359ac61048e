package main

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// crashPoints are the places at which `serve --crash-at` ends the process as kill -9 does, the first time
// that one is reached. The demo's crash story visits each of them.
func crashPoints() []string {
	points := []string{"before_keep", "before_answer", "before_commit", "after_commit"}
	for _, k := range []exchange.Kind{
		exchange.CreateReturn, exchange.PlaceReturnOrder, exchange.PlaceOrder, exchange.SetOpen, exchange.MarkReturned,
		exchange.Release, exchange.Process, exchange.HoldFulfillment, exchange.ReleaseHold, exchange.Fulfill, exchange.Capture,
		exchange.UpdateTracking, exchange.Dispose, exchange.CancelOrder, exchange.CancelReturnOrder, exchange.RemoveExchangeLines,
		exchange.CancelReturn, exchange.ChargeMandate, exchange.SendInvoice, exchange.VoidAuthorisation,
	} {
		points = append(points, "after_act:"+string(k))
	}
	for _, k := range []exchange.Kind{exchange.Release, exchange.Capture} {
		points = append(points, "before_intent:"+string(k), "after_intent:"+string(k), "before_act:"+string(k), "after_settle:"+string(k))
	}
	return points
}

// atPoint gives the workers something to call at each point: at the one labelled so, what happens there. nil when
// nothing is to happen. If a file is named, it happens to the first process that can make it.
func atPoint(label, once string, happens func()) func(point string) {
	if label == "" {
		return nil
	}
	return func(point string) {
		if point == label && made(once) {
			happens()
		}
	}
}

// crash ends the process as kill -9 does.
func crash() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way; nothing more may happen here
}

// halt stops the process as kill -STOP does, and comes back when somebody has let it go on: when time has passed
// that it did not see.
func halt() {
	before := time.Now()
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	for now := before; now.Sub(before) < 2*time.Second; now = time.Now() {
		before = now
	}
}

// made makes a file, and reports whether it was not there. No file at all never was.
func made(file string) bool {
	if file == "" {
		return true
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // named on the command line
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// knownCrashPoint reports whether a label can be reached at all: by any act, not only by those of the story.
func knownCrashPoint(label string) bool {
	phase, kind, _ := strings.Cut(label, ":")
	return label == "" || slices.Contains(crashPoints(), label) ||
		slices.Contains([]string{"before_intent", "after_intent", "before_act", "after_act", "after_settle"}, phase) &&
			slices.ContainsFunc(exchange.Acts(), func(a struct {
				Kind exchange.Kind
				Peer exchange.PeerName
			},
			) bool {
				return string(a.Kind) == kind
			})
}
