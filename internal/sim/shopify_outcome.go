package sim

// suggest answers Return.suggestedFinancialOutcome: what processing these lines comes to, given what is
// outstanding on the order already. It is an invoice, a refund of no more than was paid, or neither.
func (r *shopReturn) suggest(args gqlArgs) any {
	s, o := r.order.in, r.order
	if bad := unknownInput(args, "refundShipping", "refundDuties", "tipLineId"); bad != nil {
		return bad
	}
	back, bad, refusal := s.returnParts(r, args.inputs("returnLineItems"))
	if bad == nil && refusal != nil {
		bad = gqlErrorf("INVALID_FIELD_ARGUMENTS", "%s", refusal.message)
	}
	if bad != nil {
		return bad
	}
	out, bad, refusal := s.exchangeParts(r, args.inputs("exchangeLineItems"))
	if bad == nil && refusal != nil {
		bad = gqlErrorf("INVALID_FIELD_ARGUMENTS", "%s", refusal.message)
	}
	if bad != nil {
		return bad
	}
	var returned, tax, change int64
	left, fees := map[*shopLine]int{}, map[*shopReturnLine]int{}
	for _, p := range back {
		l, before := p.line.shipped.line, p.line.shipped.line.current()
		if n, seen := left[l]; seen {
			before = n
		} else if r.legacy {
			before += p.quantity // it is off the order already
		}
		left[l] = before - p.quantity
		returned += l.price * int64(p.quantity)
		tax += l.tax(before) - l.tax(left[l])
		if !r.legacy {
			change -= l.worth(before) - l.worth(left[l])
		}
		fees[p.line] += p.quantity
	}
	for l, quantity := range fees {
		if !r.legacy {
			change += l.moreFee(quantity)
		}
	}
	for _, p := range out {
		change += p.line.worth(p.quantity)
	}
	if len(back) > 0 && !r.feeDue {
		change += r.fee
	}
	balance := o.outstanding()
	if s.switches.SuggestCaptured {
		balance += o.capturable()
	}
	none := o.set(0)
	return gqlFields{"SuggestedReturnFinancialOutcome", map[string]any{
		"discountedSubtotal":      o.set(returned),
		"maximumRefundable":       o.set(max(0, o.net())),
		"totalTax":                o.set(tax),
		"totalDuties":             none,
		"totalAdditionalFees":     none,
		"totalCartDiscountAmount": none,
		"refundDuties":            []gqlObject{},
		"shipping": gqlFields{"ShippingRefund", map[string]any{
			"amountSet": none, "maximumRefundableSet": o.set(o.shipping), "taxSet": none,
		}},
		"financialTransfer": o.transfer(balance + change),
	}}
}

// transfer is who has to pay whom to bring a balance to zero; nil if nobody has.
func (o *shopOrder) transfer(balance int64) any {
	owed := min(-balance, o.net())
	switch {
	case balance > 0:
		return gqlFields{"InvoiceReturnOutcome", map[string]any{"amount": o.set(balance)}}
	case owed > 0:
		return gqlFields{"RefundReturnOutcome", map[string]any{
			"amount": o.set(owed), "suggestedTransactions": o.suggestPayments(owed), "suggestedRefundMethods": []gqlObject{},
		}}
	}
	return nil
}

// suggestPayments spreads a refund over the payments there are, the oldest first.
func (o *shopOrder) suggestPayments(owed int64) []gqlObject {
	list := []gqlObject{}
	for _, t := range o.transactions {
		share := min(owed, t.refundable())
		if share <= 0 {
			continue
		}
		owed -= share
		list = append(list, gqlFields{"SuggestedOrderTransaction", map[string]any{
			"kind": "SUGGESTED_REFUND", "gateway": t.gateway, "formattedGateway": t.gateway, "amountSet": o.set(share),
			"maximumRefundableSet": o.set(t.refundable()), "parentTransaction": t,
		}})
	}
	return list
}
