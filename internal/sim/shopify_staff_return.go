package sim

import "net/http"

// What staff, or a return portal, do to a return in the admin.

// staffNamed returns the return that a control route names.
func (s *Shopify) staffNamed(in shopOrdered) (*shopReturn, error) {
	r, bad := s.ret(in.Return)
	if bad != nil {
		return nil, bad
	}
	if r == nil {
		return nil, refuse(http.StatusNotFound, "no return %s", in.Return)
	}
	return r, nil
}

// openLines are so many of the lines named, by return or exchange line, or all that is left of a return.
func (r *shopReturn) openLines(named map[string]int) (back, out []any) {
	take := func(id string, left int) int {
		if named != nil {
			return named[id]
		}
		return left
	}
	for _, l := range r.lines {
		if n := take(gid("ReturnLineItem", l.id), l.quantity-l.processed); n > 0 {
			back = append(back, map[string]any{"id": gid("ReturnLineItem", l.id), "quantity": n})
		}
	}
	for _, l := range r.exchange {
		if n := take(gid("ExchangeLineItem", l.id), l.quantity-l.processed); n > 0 {
			out = append(out, map[string]any{"id": gid("ExchangeLineItem", l.id), "quantity": n})
		}
	}
	return back, out
}

// staffProcess processes the lines named, or all that is left. It moves no money, unless a refund is asked for:
// then as much as is suggested, if anything is.
func (s *Shopify) staffProcess(in shopOrdered) (any, error) {
	r, err := s.staffNamed(in)
	if err != nil {
		return nil, err
	}
	back, out := r.openLines(in.Lines)
	input := gqlArgs{"returnId": in.Return, "returnLineItems": back, "exchangeLineItems": out}
	if pays := r.suggested(input); in.Refund && len(pays) > 0 {
		input["financialTransfer"] = map[string]any{"issueRefund": map[string]any{"orderTransactions": pays}}
	}
	return nil, s.refusal(s.returnProcess(input, "staff"))
}

// suggested is the refund that suggestedFinancialOutcome names for these lines, as returnProcess takes it.
func (r *shopReturn) suggested(lines gqlArgs) []any {
	outcome, is := r.suggest(lines).(gqlObject)
	if !is {
		return nil // it will be refused
	}
	transfer, is := outcome.gqlField("financialTransfer", nil).(gqlObject)
	if !is || transfer.gqlType() != "RefundReturnOutcome" {
		return nil
	}
	var pays []any
	list, _ := transfer.gqlField("suggestedTransactions", nil).([]gqlObject)
	for _, each := range list {
		parent, _ := each.gqlField("parentTransaction", nil).(*shopTransaction)
		bag, _ := each.gqlField("amountSet", nil).(gqlObject)
		money, _ := bag.gqlField("presentmentMoney", nil).(gqlObject)
		pays = append(pays, map[string]any{"parentId": gid("OrderTransaction", parent.id), "transactionAmount": map[string]any{
			"amount": money.gqlField("amount", nil), "currencyCode": money.gqlField("currencyCode", nil),
		}})
	}
	return pays
}

// staffRemove takes the lines named off a return, or all that is not processed.
func (s *Shopify) staffRemove(in shopOrdered) (any, error) {
	r, err := s.staffNamed(in)
	if err != nil {
		return nil, err
	}
	back, out := r.openLines(in.Lines)
	for list, name := range map[*[]any]string{&back: "returnLineItemId", &out: "exchangeLineItemId"} {
		for i, each := range *list {
			line, _ := each.(map[string]any)
			(*list)[i] = map[string]any{name: line["id"], "quantity": line["quantity"]}
		}
	}
	return nil, s.refusal(s.removeFromReturn(gqlArgs{"returnId": in.Return, "returnLineItems": back, "exchangeLineItems": out}))
}

// staffDispose puts what no disposition speaks of back into stock.
func (s *Shopify) staffDispose(in shopOrdered) (any, error) {
	r, err := s.staffNamed(in)
	if err != nil {
		return nil, err
	}
	var inputs []gqlArgs
	for _, l := range r.lines {
		left := l.quantity
		for _, d := range l.disposed {
			left -= d.quantity
		}
		if left > 0 {
			inputs = append(inputs, gqlArgs{
				"reverseFulfillmentOrderLineItemId": gid("ReverseFulfillmentOrderLineItem", l.inboundID), "quantity": left,
				"dispositionType": "RESTOCKED", "locationId": gid("Location", s.options.LocationID),
			})
		}
	}
	return nil, s.refusal(s.dispose(inputs))
}

func (s *Shopify) staffCancel(in shopOrdered) (any, error) {
	return nil, s.refusal(s.returnCancel(in.Return))
}

func (s *Shopify) staffClose(in shopOrdered) (any, error) {
	return nil, s.refusal(s.returnClose(in.Return))
}

func (s *Shopify) staffReopen(in shopOrdered) (any, error) {
	return nil, s.refusal(s.returnReopen(in.Return))
}
