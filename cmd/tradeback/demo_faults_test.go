package main

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/demo"
)

var (
	storySeeds = flag.Int("story-seeds", 0, "with how many seeds each story is played while the peers fail; 0 plays a few stories with a few")
	firstSeed  = flag.Uint64("first-seed", 100, "the first of these seeds")
)

// TestStoriesWithFaults plays stories while the simulators fail by chance from the seed.
func TestStoriesWithFaults(t *testing.T) {
	stories, seeds := demo.Stories(), *storySeeds
	if seeds == 0 {
		stories, seeds = []string{"regular-upsell", "refund", "deposit-secured"}, 2
	}
	binary := builtBinary(t)
	for _, story := range stories {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			playSeeds(t, binary, story, *firstSeed, seeds, "--faults")
			t.Logf("%d seeds ok in %.0f s", seeds, time.Since(began).Seconds())
		})
	}
}

// TestRandomExchanges plays 200 exchanges that are drawn by chance: whatever is bought, sent back, paid, cancelled and
// received, what the simulators' ledgers show at the end must be right.
func TestRandomExchanges(t *testing.T) {
	binary := builtBinary(t)
	for _, first := range []uint64{1, 18} { // each seed is a world of at least six exchanges
		t.Run(strconv.FormatUint(first, 10), func(t *testing.T) {
			t.Parallel()
			playSeeds(t, binary, "random", first, 17)
		})
	}
}

// TestWhatIsDoneTwiceIsSeen plays a world of TestRandomExchanges with a mutant that does one act of each kind twice. Only a
// part of an order can be fulfilled twice, since Shopify refuses more than there is: that has a story of its own, where it is
// no matter of chance whether serve hears of one parcel before the next.
func TestWhatIsDoneTwiceIsSeen(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ invariant, story, call, says string }{
		{"I2", "random", "orderCapture(", "order #1005 is worth 37.320 KWD, and 59.700 KWD is paid for it"},
		{"I3", "split-shipment", "fulfillmentCreate(", "of order #1001 was told twice"},
		{"I5", "regular-upsell", "/orderStatus", "order #1001-EX1 was released twice"},
	} {
		t.Run(c.invariant, func(t *testing.T) {
			t.Parallel()
			lines, status := playDemoIn(t, append(os.Environ(), sendTwice+"="+c.call), self, "--story", c.story, "--seed", "3")
			if len(lines) != 1 || lines[0].OK || !strings.Contains(lines[0].Error, c.says) || status != exitFailed {
				t.Errorf("%+v, exit status %d; want 1, and that %s", lines, status, c.says)
			}
		})
	}
}

// playSeeds plays a story with so many seeds, up to the first that does not end well.
func playSeeds(t *testing.T, binary, story string, first uint64, seeds int, flags ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{
		"demo", "--json", "--story", story,
		"--seed", strconv.FormatUint(first, 10), "--runs", strconv.Itoa(seeds),
	}, flags...)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(out)
	for n := range seeds {
		var l demoLine
		if err := dec.Decode(&l); err != nil || !l.OK {
			_ = cmd.Process.Signal(os.Interrupt) // it ends its own processes
			_, _ = io.Copy(io.Discard, out)
			_ = cmd.Wait()
			t.Fatalf("not ok with seed %d: %s%s\nPlay it again: tradeback demo %s --story %s --seed %d --trace",
				first+uint64(n), l.Error, said.String(), strings.Join(flags, " "), story, first+uint64(n))
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("demo: %v: %s", err, said.String())
	}
}
