package ongoingrest

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is a point in time as Ongoing's REST API writes it. The zero Time is its null.
type Time struct{ time.Time }

// ParseTime reads a time of Ongoing's: RFC 3339 with up to nine decimals, the same without a zone, or
// a date alone. zoned tells whether s named its zone; without one the time is taken as UTC, which
// holds for the REST API and is unknown for the timestamps of webhooks.
func ParseTime(s string) (t time.Time, zoned bool, err error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		t, err := time.Parse(layout, s)
		if t = t.UTC(); err == nil && 0 < t.Year() && t.Year() < 10_000 {
			return t, layout == time.RFC3339, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("time %q is in none of Ongoing's forms", s)
}

// UnmarshalJSON reads what ParseTime reads; null and "" give the zero Time.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	if s == nil || *s == "" {
		*t = Time{}
		return nil
	}
	at, _, err := ParseTime(*s)
	if err != nil {
		return err
	}
	*t = Time{at}
	return nil
}

// MarshalJSON writes t in UTC with its zone and at most milliseconds; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Format("2006-01-02T15:04:05.999Z07:00"))
}
