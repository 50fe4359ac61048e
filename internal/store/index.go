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
	at := Index{Instant: x.Instant(), Raised: len(x.Raised) > 0, Number: x.Number(), ReturnNumber: x.ReturnNumber()}
	at.Names = []string{string(x.ID), at.Number, at.ReturnNumber, x.Reference(), x.ReturnID(), x.ShopOrderID()}
	for _, r := range refs {
		at.Names = append(at.Names, r.Name)
		if _, value, ok := strings.Cut(r.Name, ":"); ok {
			at.Names = append(at.Names, value)
		}
	}
	if s := x.Facts.Shop; s != nil {
		at.Names = append(at.Names, s.OrderName, s.ReturnName)
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
