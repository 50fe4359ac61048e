package exchange

import "slices"

// SentWith names the exchange orders of ours, among all exchanges of a Shopify order, that the goods which one of them
// returns went out with. Empty stands for whatever order the shop's own lines went out with.
func SentWith(all []Exchange, id ID) []string {
	i := slices.IndexFunc(all, func(x Exchange) bool { return x.ID == id })
	if i < 0 || all[i].Facts.Shop == nil {
		return nil
	}
	var out []string
	for _, l := range all[i].Facts.Shop.ReturnLines {
		number := ""
		for j := range all {
			if j != i && all[j].made(l.LineItemID) {
				number = all[j].Number()
			}
		}
		if !slices.Contains(out, number) {
			out = append(out, number)
		}
	}
	slices.Sort(out)
	return out
}

// made reports whether an order line of Shopify was made of one of x's exchange lines.
func (x *Exchange) made(lineItemID string) bool {
	return lineItemID != "" && slices.ContainsFunc(deref(x.Facts.Shop).ExchangeLines, func(l ExchangeLine) bool {
		return slices.Contains(l.LineItemIDs, lineItemID)
	})
}
