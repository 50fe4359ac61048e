package exchange

import (
	"fmt"
	"strings"
)

// dispositions says of the processed return lines what the warehouse made of the goods: back in stock, or scrapped.
// Where some of an article were scrapped, which line's they are is not told: the rest is taken to come first.
func (x *Exchange) dispositions() []DispositionOf {
	s, r := x.Facts.Shop, x.Facts.ReturnOrder
	if s == nil || !x.received() || !x.Policy.ProcessReturn || x.ended(Dispose, Refused, Dead) != nil {
		return nil
	}
	scrapped := map[string]int{}
	got := map[string]int{} // received, and nothing said of it yet
	for _, l := range r.Lines {
		got[l.Article] += l.Received
		scrapped[l.Article] += l.Scrapped
	}
	for _, l := range s.ReturnLines {
		for _, rl := range l.ReverseLines {
			got[x.articleOf(l)] -= x.disposed(rl)
		}
	}
	fit := map[string]int{} // of these, what goes back into stock
	for article, n := range got {
		fit[article] = max(0, n-scrapped[article])
	}
	var out []DispositionOf
	for _, l := range s.ReturnLines {
		article, most := x.articleOf(l), s.processedOf(l)
		for _, rl := range l.ReverseLines {
			most -= x.disposed(rl)
		}
		for _, rl := range l.ReverseLines {
			before := x.disposed(rl)
			left := min(rl.Quantity-before, got[article], most)
			if left <= 0 {
				continue
			}
			got[article] -= left
			most -= left
			if back := min(left, fit[article]); back > 0 {
				out = append(out, DispositionOf{ReverseLineID: rl.ID, Quantity: back, Before: before, Restock: true})
				fit[article] -= back
				left -= back
			}
			if left > 0 {
				out = append(out, DispositionOf{ReverseLineID: rl.ID, Quantity: left, Before: before})
			}
		}
	}
	return out
}

// processedOf counts the items that are processed of a return line, and of others of the same shipped line: the first of
// them has the reverse lines of all.
func (s *Shop) processedOf(l ReturnLine) int {
	n := 0
	for _, o := range s.ReturnLines {
		if o.ID == l.ID || o.FulfillmentLineItemID != "" && o.FulfillmentLineItemID == l.FulfillmentLineItemID {
			n += o.Processed
		}
	}
	return n
}

// disposed counts the items of a reverse line of which something was said: as last read, or by us since. The
// causes of our acts hold the count reached per line.
func (x *Exchange) disposed(rl ReverseLine) int {
	n := rl.Disposed
	for _, a := range x.Asked {
		if a.Kind != Dispose {
			continue
		}
		for part := range strings.SplitSeq(a.Cause, ",") {
			var reached int
			if text, ok := strings.CutPrefix(part, rl.ID+":"); ok {
				if _, err := fmt.Sscan(text, &reached); err == nil {
					n = max(n, reached)
				}
			}
		}
	}
	return n
}
