package ongoing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tradeback/tradeback/api/ongoingrest"
)

// dedupe is the key under which a webhook is kept once: the system, the subscription and the event, as
// Ongoing numbers them. Two webhooks set up for one order send one event each, so the subscription is in it.
//
// Without all three it is the body itself, if it carries a time: a retry repeats the time of its event.
// Without a time either, a second event may read like a repeat, so there is no key: a hint twice costs a read.
func (w *webhook) dedupe(body []byte) string {
	if w.system != "" && w.id != 0 && w.event != 0 {
		return fmt.Sprintf("%q/%s=%d/%d", w.system, w.idName, w.id, w.event)
	}
	if _, _, err := ongoingrest.ParseTime(w.time); err != nil {
		return ""
	}
	sum := sha256.Sum256(body)
	return "body:" + hex.EncodeToString(sum[:])
}
