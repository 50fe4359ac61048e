package store

import (
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Index is what queries select an exchange by, beside its stage and its id. Both engines file by it.
type Index struct {
	Instant      bool
	Raised       bool
	Number       string   // the exchange order's, once known
	ReturnNumber string   // the return order's, once known
	Names        []string // what Query.Text may equal, sorted
}

// IndexOf is the index of x, whose refs these are. Its names are the id, each ref's name and the part after
// its first colon, and the numbers and names that the peers know it by.
func IndexOf(x *exchange.Exchange, refs []exchange.Ref) Index {
	at := Index{Instant: x.Policy.Instant, Raised: len(x.Raised) > 0, Names: []string{string(x.ID)}}
	if i := x.Facts.Request.Instant; i != nil {
		at.Instant = *i
	}
	for _, r := range refs {
		at.Names = append(at.Names, r.Name)
		if _, value, ok := strings.Cut(r.Name, ":"); ok {
			at.Names = append(at.Names, value)
		}
	}
	at.Names = append(at.Names, x.Facts.Request.Reference, x.Facts.Request.ReturnID, x.Facts.Request.OrderID)
	if s := x.Facts.Shop; s != nil {
		at.Names = append(at.Names, s.OrderName, s.ReturnName, s.OrderID, s.ReturnID)
	}
	if o := x.Facts.Order; o != nil {
		at.Number = o.Number
	}
	if o := x.Facts.ReturnOrder; o != nil {
		at.ReturnNumber = o.Number
	}
	at.Names = append(at.Names, at.Number, at.ReturnNumber)
	if o := x.Facts.Original; o != nil {
		at.Names = append(at.Names, o.Number)
	}
	slices.Sort(at.Names)
	at.Names = slices.Compact(at.Names)
	if at.Names[0] == "" {
		at.Names = at.Names[1:]
	}
	return at
}

// Page is a limit as engines use it: 1 to 500, and 50 for 0.
func Page(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, 500)
}
