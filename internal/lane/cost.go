package lane

import (
	"bytes"
	"encoding/json"
	"time"
)

// Cost is what a GraphQL answer says of its cost and of what is left of the bucket, in points.
type Cost struct {
	Requested float64 `json:"requestedQueryCost"`
	Actual    float64 `json:"actualQueryCost"`
	Bucket    struct {
		Maximum   float64 `json:"maximumAvailable"`
		Available float64 `json:"currentlyAvailable"`
		Restore   float64 `json:"restoreRate"` // points per second
	} `json:"throttleStatus"`
}

// After is how long a call that was throttled should wait until the bucket can pay it.
func (c Cost) After() time.Duration {
	return restored(c.Requested-c.Bucket.Available, c.Bucket.Restore)
}

// CostOf finds the cost in an answer's body, where it is the last member as a rule.
func CostOf(body []byte) (Cost, bool) {
	var extensions struct {
		Cost *Cost `json:"cost"`
	}
	if at := bytes.LastIndex(body, []byte(`"extensions"`)); at >= 0 {
		rest := bytes.TrimLeft(body[at+len(`"extensions"`):], " \t\r\n:")
		if json.NewDecoder(bytes.NewReader(rest)).Decode(&extensions) == nil && extensions.Cost != nil {
			return *extensions.Cost, extensions.Cost.Bucket.Maximum > 0
		}
		var whole struct {
			Extensions struct {
				Cost *Cost `json:"cost"`
			} `json:"extensions"`
		}
		if json.Unmarshal(body, &whole) == nil && whole.Extensions.Cost != nil {
			return *whole.Extensions.Cost, whole.Extensions.Cost.Bucket.Maximum > 0
		}
	}
	return Cost{}, false
}

// restored is how long points take to come back at rate.
func restored(points, rate float64) time.Duration {
	if points <= 0 {
		return 0
	}
	if rate <= 0 {
		return time.Second
	}
	return time.Duration(points / rate * float64(time.Second))
}
