package sim

import (
	"strconv"
	"strings"
)

// gid returns the global id of a thing: "gid://shopify/Order/1".
func gid(typ string, id int64) string {
	return "gid://shopify/" + typ + "/" + strconv.FormatInt(id, 10)
}

// gidNumber returns the number of a global id of this type.
// Errors: RESOURCE_NOT_FOUND, at the top level of the answer, for anything that is no id of this type.
func gidNumber(typ, id string) (int64, *gqlError) {
	number, is := strings.CutPrefix(id, "gid://shopify/"+typ+"/")
	number, _, _ = strings.Cut(number, "?")
	n, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil || n <= 0 {
		return 0, gqlErrorf("RESOURCE_NOT_FOUND", "Invalid id: %s", id)
	}
	return n, nil
}

// shopFirstID lies above 2^53, and the ids that are made count by two from it, so that a client that reads
// an id as a floating-point number reads a wrong one.
const shopFirstID = 1<<53 + 1_000_001

// newID returns an id that nothing else in this shop has. The same calls in the same order give the
// same ids.
func (s *Shopify) newID() int64 {
	s.made++
	return shopFirstID + 2*s.made
}

// smallID returns an id from the same count as newID, but as small as those of fulfillment orders and
// holds are.
func (s *Shopify) smallID() int64 {
	s.made++
	return 1000 + s.made
}
