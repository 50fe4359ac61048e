package redis

import (
	_ "embed" // the scripts
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
)

// remembered is how long the answer of a call is kept, for the same call sent again after a broken line.
const remembered = 3 * time.Minute

var (
	//go:embed scripts/items.lua
	itemsText string
	//go:embed scripts/exchanges.lua
	exchangesText string
	//go:embed scripts/import.lua
	importText string
	//go:embed scripts/sha256.lua
	sha256Text string
	//go:embed scripts/apply.lua
	applyText string
	//go:embed scripts/own.lua
	ownText string
	//go:embed scripts/present.lua
	presentText string
	//go:embed scripts/sweep.lua
	sweepText string
)

// One script per atomic step. Run sends a script's digest; a Redis that does not know it is sent the text.
var (
	applyScript   = goredis.NewScript(prelude() + itemsText + exchangesText + importText + sha256Text + applyText)
	ownScript     = goredis.NewScript(prelude() + ownText)
	presentScript = goredis.NewScript(presentText)
	timeScript    = goredis.NewScript(`return redis.call('TIME')`) // a script, so that its key says whose time
	sweepScript   = goredis.NewScript(prelude() + itemsText + sweepText)
)

// prelude gives scripts their keys by name, and the contract's numbers and words.
func prelude() string {
	var b strings.Builder
	b.WriteString("local K = {")
	for i, name := range shardKeys {
		fmt.Fprintf(&b, "%s = KEYS[%d], ", name, i+1)
	}
	fmt.Fprintf(&b, "call = KEYS[%d]}\n", len(shardKeys)+1)
	fmt.Fprintf(&b, "local MAX_PARKED, REMEMBERED = %d, %d\n", store.MaxParked, remembered/time.Second)
	fmt.Fprintf(&b, "local ABOUT_NOTHING, ANOTHER_BODY, TOO_MANY_PARKED, PARKED_TOO_LONG = %q, %q, %q, %q\n",
		store.AboutNothing, store.AnotherBody, store.TooManyParked, store.ParkedTooLong)
	b.WriteString("local FORGOTTEN = {")
	for _, reason := range store.Forgotten() {
		fmt.Fprintf(&b, "[%q] = true, ", reason)
	}
	b.WriteString("}\n")
	return b.String()
}
