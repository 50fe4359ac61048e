package exchange

import (
	"maps"
	"slices"
)

// Code names a reason to ask a person.
type Code string

// The reasons that rules raise.
const (
	CancelRefused        Code = "cancel_refused"
	CancelledByWarehouse Code = "cancelled_by_warehouse"
	RefundDue            Code = "refund_due"
	NoExchangeLines      Code = "no_exchange_lines"
	LineNotPlaced        Code = "line_not_placed"
	LineTaken            Code = "line_taken"
	LinesChanged         Code = "lines_changed"
	NumberOfAnother      Code = "number_of_another_exchange"
	OrderAlreadyStarted  Code = "order_already_started"
	ReleasedByWarehouse  Code = "released_by_warehouse"
	PaymentNotSecured    Code = "payment_not_secured"
	ReturnIncomplete     Code = "return_incomplete"
	ClosedWithoutGoods   Code = "closed_without_goods"
	MovedBackByWarehouse Code = "moved_back_by_warehouse"
	ReturnReset          Code = "return_reset"
	FulfillmentHeld      Code = "fulfillment_held"
	FulfilledElsewhere   Code = "fulfilled_elsewhere"
	NoFulfillmentOrder   Code = "no_fulfillment_order"
	ReturnClosedInShop   Code = "return_closed_in_shopify"
	ParcelReturned       Code = "parcel_returned"
	AuthorisationShared  Code = "authorisation_shared"
	AuthorisationExpires Code = "authorisation_expires"
	PaymentDue           Code = "payment_due"
	InvoiceUnpaid        Code = "invoice_unpaid"
	PaymentUnclear       Code = "payment_unclear"
	OverLimit            Code = "over_limit"
	AgreedUnknown        Code = "agreed_unknown"
	ReturnOverdue        Code = "return_overdue"
)

// The reasons that reads and acts give.
const (
	ReturnNotFound      Code = "return_not_found"
	OriginalNotFound    Code = "original_not_found"
	OriginalAmbiguous   Code = "original_ambiguous"
	OrderNotFound       Code = "order_not_found"
	ReturnOrderNotFound Code = "return_order_not_found"
	ReadRefused         Code = "read_refused"
	EffectRefused       Code = "effect_refused" // an act that the peer refused for good, and no rule goes another way
	EffectDead          Code = "effect_dead"    // an act that was given up after its schedule
	EffectAmbiguous     Code = "effect_ambiguous"
	MoneyMismatch       Code = "money_mismatch"
)

// Codes with which an act is refused that the rules know what to do about.
const (
	CodeNumberTaken  = "number_taken"
	CodeNotOurs      = "number_of_another_exchange"
	CodeAmbiguous    = "ambiguous"
	CodeMismatch     = "money_mismatch"
	CodeOrderStarted = "order_started"
	CodeNotOpen      = "not_open"
	CodeCancelled    = "order_cancelled"
	CodeHeld         = "fulfillment_held"
	CodeUnclear      = "capture_unclear" // a restored store may have forgotten that the money was moved
	CodeReturnEnded  = "return_ended"    // the Shopify return was closed or cancelled
	CodeDiscarded    = "discarded"       // dead, and given up by a person
)

// reason is what a code means, and what a person may do about it. It is shown while stays holds; without
// that, until the exchange is completed.
type reason struct {
	message  string
	remedies []string
	stays    Condition // the zero Condition: it stays
	settles  bool      // a person may decide about the money
}

// message is what a code means for x.
func (x *Exchange) message(c Code) string {
	if c == ReleasedByWarehouse && !x.Facts.Recovered.IsZero() {
		return "the exchange order was released after the backup that the store was restored from, by us or by the warehouse"
	}
	if c == MoneyMismatch {
		return "Shopify suggests another difference for the same lines than was agreed, for a fee or a discount given since: it is not settled"
	}
	text := reasons[c].message
	switch c {
	case PaymentDue, PaymentNotSecured:
		return join2(text, x.refusedWhy(collecting...))
	case RefundDue:
		return join2(text, x.refusedWhy(Refund))
	case ReturnIncomplete:
		if x.keptByWarehouse() {
			return text + ", and would not take the exchange order back to have it made smaller"
		}
	}
	return text
}

// reasons explains every code. A test walks the rules and finds each of theirs here.
var reasons = map[Code]reason{
	CancelRefused:        {message: "the exchange was called off, but the warehouse has begun to work on the exchange order", remedies: []string{"stop the order with the warehouse by phone, or let the exchange go on"}},
	CancelledByWarehouse: {message: "the warehouse cancelled the exchange order", remedies: []string{"agree with the customer: refund the return in Shopify, or cancel that return and make a new one"}},
	RefundDue:            {message: "the shop owes the customer money, and tradeback cannot give it back", remedies: []string{"refund the amount on the order in Shopify; the exchange goes on by itself when the order shows it", "if it was given back elsewhere, or is not to be, say so (settle)"}, settles: true, stays: shopOwes.or(moneyTaken).and(notRefunded)},
	NoExchangeLines:      {message: "the Shopify return has no exchange lines", remedies: []string{"add exchange lines to the return in Shopify, or cancel this exchange"}, stays: nothingOut},
	LineNotPlaced:        {message: "a line has no article number, or cannot be found on the original order", remedies: []string{"give the variant its article number (SKU) in Shopify, or correct original_order in the connection"}, stays: linesOff},
	LineTaken:            {message: "other exchanges of the order have announced items that this one would return: together they are more than were sent", remedies: []string{"cancel one of these exchanges; this one goes on by itself when the other is gone"}, stays: linesTaken},
	LinesChanged:         {message: "the return in Shopify has other lines to send than the exchange order holds", remedies: []string{"give the exchange order in Ongoing the lines of the return, or cancel the exchange and ask for another"}, stays: linesChanged},
	NumberOfAnother: {
		message: "the warehouse has an order that was made for another exchange, which this store does not know by its number: one from before the store was restored, or of another installation",
		remedies: []string{
			"look at that order in Ongoing: if these goods go out with it, leave it and finish the return in Shopify by hand",
			"if they do not, cancel this exchange and make a new return in Shopify",
		}, stays: numberOfAnother,
	},
	OrderAlreadyStarted:  {message: "the warehouse made the exchange order with work begun, and it could not be set back to Open", remedies: []string{"ask the warehouse to create orders from the API as Open"}},
	ReleasedByWarehouse:  {message: "the exchange order was released by the warehouse, not by us: the goods may go out before the return has earned it", remedies: []string{"ask the warehouse who released it; the exchange goes on from Released"}},
	PaymentNotSecured:    {message: "nothing on the order secures the amount beside what the order's other exchanges count on: no authorisation, no stored payment method that may be charged this much, no invoice of just this amount", remedies: []string{"collect it in Shopify; the exchange goes on by itself when the order shows it", "mend the cause and have it collected again, or say that it was paid elsewhere or is written off (settle)"}, settles: true, stays: securing.and(notSecured, notSecurable)},
	ReturnIncomplete:     {message: "the warehouse received less than announced, something else, or scrapped a part", remedies: []string{"accept what came back, correct the return order in Ongoing, or cancel the exchange"}, stays: reviewDue},
	ClosedWithoutGoods:   {message: "the portal closed the return by itself, and nobody has seen the goods", remedies: []string{"wait for the goods, or cancel the exchange"}, stays: closedEmpty},
	MovedBackByWarehouse: {message: "the exchange order was moved back after we released it", remedies: []string{"release it in Ongoing when it may go out, or cancel the exchange"}, stays: movedBack},
	ReturnReset:          {message: "the portal reset the return after the exchange order was released for it", remedies: []string{"stop the order with the warehouse by phone and cancel the exchange, or let it go on: nothing is released twice"}, stays: takenBack},
	FulfillmentHeld:      {message: "another app holds the fulfillment order", remedies: []string{"release the hold in Shopify; the fulfillment follows by itself"}, stays: heldByOthers},
	FulfilledElsewhere:   {message: "Shopify has exchange lines as fulfilled that the warehouse did not send: another connector or a person was first", remedies: []string{"ask who sent them; if the goods are gone, cancel the exchange here, else cancel that fulfillment in Shopify"}, stays: othersFulfil},
	NoFulfillmentOrder:   {message: "the exchange lines were processed, but no fulfillment order holds them", remedies: []string{"release the items of the return in Shopify's admin, or fulfil them there by hand; the exchange goes on by itself"}, stays: notRouted},
	ReturnClosedInShop:   {message: "the Shopify return was closed or cancelled before its exchange lines were processed", remedies: []string{"reopen the return in Shopify, if it was closed; the exchange goes on by itself", "if it was cancelled: the goods are gone or will be, so agree with the customer and settle by hand"}, stays: closedEarly},
	ParcelReturned:       {message: "items of the exchange order came back to the warehouse after it was sent: the parcel was returned to the sender, or the customer sent it back", remedies: []string{"ask the warehouse; send it again by a new order, or refund it in Shopify"}, stays: parcelBack},
	AuthorisationShared:  {message: "the order has an authorisation that allows one capture only and holds more than the difference", remedies: []string{"capture by hand in Shopify, all that is to be taken from it at once", "if it was paid elsewhere, or is written off, say so (settle)"}, settles: true, stays: buyerOwes.and(authShared)},
	AuthorisationExpires: {message: "the authorisation that the exchange counts on ends within a day", remedies: []string{"capture it by hand in Shopify if the goods are sure to go out; else the amount is asked for in the next way once it has ended"}, stays: authCounted.and(authEnding)},
	PaymentDue:           {message: "the customer owes the difference, and there is no way left to collect it: no authorisation covers it, no stored payment method may be charged this much, and an invoice would not be of just this amount", remedies: []string{"collect it in Shopify; the exchange goes on by itself when the order shows it", "mend the cause and have it collected again, or say that it was paid elsewhere or is written off (settle)"}, settles: true, stays: buyerOwes.and(nothingPays)},
	InvoiceUnpaid:        {message: "the customer has had an invoice for a week, and has not paid it", remedies: []string{"remind the customer, or send the invoice again in Shopify; the exchange goes on by itself when it is paid", "if it was paid elsewhere, or is written off, say so (settle)"}, settles: true, stays: invoiceOpen},
	PaymentUnclear:       {message: "the customer got an invoice, and what was paid since does not fit what the order owes: the exchange may have been paid more than it came to", remedies: []string{"look at the order's payments in Shopify and give back what is too much, then say so (settle)"}, settles: true, stays: paidUnclear.or(paidTooMuch)},
	OverLimit:            {message: "an act would move more money than the connection's limits let one act move", remedies: []string{"look at the figures: if they are right, let just this amount through (settle as collect_again), once and in your name", "or move it in Shopify, or say that it was paid elsewhere or is written off (settle)"}, settles: true},
	AgreedUnknown:        {message: "the agreed difference is not known and no money is moved: the return was processed before tradeback first read it, or an authorisation beside it hid what Shopify suggests, and the prices of its lines do not tell", remedies: []string{"settle the difference in Shopify by hand, and say so (settle)"}, settles: true, stays: agreedUnknown},
	ReturnOverdue:        {message: "the deadline has passed and not everything came back", remedies: []string{"ask the customer, or close the return in the portal", "if what is missing was paid for elsewhere, or is written off, say so (settle)"}, settles: true, stays: deadlinePassed.and(notAllBack, notCharged)},

	ReturnNotFound:      {message: "Shopify does not know the return", remedies: []string{"check the return's id, or cancel this exchange"}},
	OriginalNotFound:    {message: "Ongoing has no order that the returned goods came from", remedies: []string{"correct original_order in the connection, or give the order its number in Ongoing"}},
	OriginalAmbiguous:   {message: "Ongoing has more than one order that the returned goods may have come from", remedies: []string{"make the reference unique in Ongoing, or narrow original_order in the connection"}},
	OrderNotFound:       {message: "Ongoing no longer has the exchange order", remedies: []string{"ask the warehouse, or cancel this exchange"}},
	ReturnOrderNotFound: {message: "Ongoing no longer has the return order", remedies: []string{"ask the warehouse"}},
	ReadRefused:         {message: "a peer refuses to tell what is needed", remedies: []string{"mend what the peer names; it is read again by itself"}},
	EffectRefused:       {message: "refused", remedies: []string{"mend the cause and finish it by hand, or cancel the exchange"}},
	EffectDead:          {message: "given up after repeated failures", remedies: []string{"mend the cause and finish it by hand, or cancel the exchange"}},
	EffectAmbiguous:     {message: "nobody can tell from the peer whether it was done", remedies: []string{"look in the peer's own pages and finish it by hand"}},
	MoneyMismatch:       {message: "what the order owes by our ledger is not what Shopify says: nothing was moved", remedies: []string{"compare the figures in Shopify and settle by hand", "once you know why they differ, have it collected again (settle): what they differed by then counts as explained"}, settles: true, stays: buyerOwes.or(shopOwes, moneyTaken)},
}

// Codes lists every code, in order.
func Codes() []Code { return slices.Sorted(maps.Keys(reasons)) }

// Remedies are what a person may do about it.
func (r Raised) Remedies() []string { return reasons[Code(r.Code)].remedies }

// Settles reports whether a person's decision about the money of x may be a way out of what is raised.
func (x *Exchange) Settles() bool {
	return slices.ContainsFunc(x.Raised, func(r Raised) bool { return reasons[Code(r.Code)].settles })
}
