package ident

import (
	"time"

	"github.com/oklog/ulid/v2"
)

// First is the first id that Make could give at a time: ids that were made before are smaller.
func First(prefix string, at time.Time) string {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(at)) // fails for no time before the year 10889
	return prefix + id.String()
}
