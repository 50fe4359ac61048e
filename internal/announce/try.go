package announce

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

// Testing is the type of a message that tells nothing: it tries the way.
const Testing = "test"

// Test sends a subscriber a message of the type Testing, signed as any other, and keeps nothing.
//
// Errors: what the subscriber answered, or why it was not reached; they name no URL.
func Test(ctx context.Context, client *http.Client, s connection.Subscriber, c exchange.Conn, id string, now time.Time) error {
	body, err := about(Testing, now, data{Connection: c, Raised: []string{}})
	if err != nil {
		return err
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return err
	}
	return post(ctx, client, s, id, m, body, now)
}
