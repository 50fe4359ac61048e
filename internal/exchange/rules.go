package exchange

// Rule is a row of the table: at one of From, when When holds, the exchange goes to To (or stays) and Ask is
// asked for, Raise raised. A rule without To holds only while what it asks for or raises is new.
type Rule struct {
	From  []Stage
	When  Condition
	To    Stage // empty: the stage stays
	Ask   ask
	Raise Code
}

func in(s ...Stage) []Stage { return s }

// rules is the whole machine: Decide runs it until nothing holds, and the README's diagram and every "why is
// it waiting" are drawn from it. Order is priority. An effect is asked for only when what it needs is known.
var rules = []Rule{
	// cancelled
	{From: in(Requested, Open, Returned, Released), When: calledOff, To: Cancelling, Ask: withdraw},
	{From: in(Cancelling), When: cancelRefused, To: Released, Raise: CancelRefused},
	{From: in(Cancelling), When: nothingOpen.and(orderCancelled.or(orderTakenBack, orderNeverMade)), To: Cancelled},
	{From: in(Cancelling), When: nothingOpen.and(orderMade), Ask: cancelOrder},
	{From: in(Requested, Open, Returned, Released), When: orderCancelled.and(notCalledOff), To: Cancelled, Ask: withdraw, Raise: CancelledByWarehouse},
	{From: in(Cancelled), When: isCalledOff.and(returnOut), Ask: cancelReturnOrder},
	{From: in(Cancelled), When: isCalledOff.and(returnKnown, linesUnknown), Ask: readShop},
	{From: in(Cancelled), When: isCalledOff.and(returnIdle), Ask: cancelReturn},
	{From: in(Cancelled), When: isCalledOff.and(linesLeft), Ask: removeExchangeLines},
	{From: in(Cancelled), When: soldBehind, Ask: readShopAgain},
	{From: in(Cancelled), When: linesSold, Ask: editLines},
	{From: in(Cancelled), When: moneyBehind, Ask: readShopAgain},
	{From: in(Cancelled), When: moneyTaken.and(refundable), Ask: giveBack},
	{From: in(Cancelled), When: moneyTaken.and(notRefunded), Raise: RefundDue},
	{From: in(Cancelled), When: moneyTaken.and(backOverLimit), Raise: OverLimit},
	{From: in(Cancelled), When: paidTooMuch, Raise: PaymentUnclear},
	{From: in(Cancelled), When: holding, Ask: voidDeposit},

	// made
	{From: in(Requested), When: byLines, Ask: createReturn},
	{From: in(Requested), When: returnKnown.and(linesUnknown), Ask: readShop},
	{From: in(Requested), When: linesKnown.and(nothingOut), Raise: NoExchangeLines},
	{From: in(Requested), When: linesKnown.and(numbered, originalOpen), Ask: readOriginal},
	{From: in(Requested), When: linesKnown.and(originalKnown, linesOff), Raise: LineNotPlaced},
	{From: in(Requested), When: linesKnown.and(originalKnown, linesTaken), Raise: LineTaken},
	{From: in(Requested, Open, Returned, Released), When: returnKnown.and(linesKnown, somethingOut, numbered, originalKnown, linesMatch, numbersFree), Ask: placeOrders},
	{From: in(Requested), When: bornStarted, Ask: setOpen},
	{From: in(Requested), When: openRefused, To: Released, Raise: OrderAlreadyStarted},
	{From: in(Requested), When: orderHeld.and(openSettled), To: Open},
	{From: in(Requested, Open, Returned), When: orderOut.and(notByUs, openSettled), To: Released, Raise: ReleasedByWarehouse},

	// less came back than was announced
	{From: in(Open, Returned), When: toMatch.and(notPaused, orderHeld, markSettled, orderSmaller), Ask: takeBack},
	{From: in(Open, Returned), When: toMatch.and(notPaused, orderFits), Ask: takeOff},
	{From: in(Requested, Open, Returned, Cancelled), When: cutUnread, Ask: readShopAgain},
	{From: in(Open, Returned), When: restSettled, To: Requested},

	// released
	{From: in(Open), When: regular.and(returnReceived.or(returnClosed)), To: Returned, Ask: markReturned},
	{From: in(Open), When: instant.and(securing, notSecured, returnInTransit.or(returnReceived, releaseEarned), notShort, notPaused, linesStand, nothingHandled), Ask: processToSecure},
	{From: in(Returned), When: securing.and(notSecured, releaseEarned, notShort, notPaused, linesStand, nothingHandled), Ask: processToSecure},
	{From: in(Requested, Open, Returned, Released), When: toHold, Ask: hold},
	{From: in(Requested, Open, Returned, Released, Sent), When: othersFulfil, Raise: FulfilledElsewhere},
	{From: in(Open, Returned), When: securingBehind, Ask: readShopAgain},
	{From: in(Open, Returned), When: securing.and(notSecured, heldByUs, securable), Ask: secure},
	{From: in(Open, Returned), When: securing.and(notSecured, heldByUs, notSecurable), Raise: PaymentNotSecured},
	{From: in(Open, Returned), When: securing.and(notSecured, heldByUs, securedOverLimit), Raise: OverLimit},
	{From: in(Open, Returned, Sent), When: invoiceOpen, Ask: watchInvoice},
	{From: in(Open, Returned, Sent), When: invoiceOpen.and(invoiceOld), Raise: InvoiceUnpaid},
	{From: in(Open, Returned), When: securing.and(agreedUnknown), Raise: AgreedUnknown},
	{From: in(Open, Returned, Released, Sent), When: authCounted, Ask: watchExpiry},
	{From: in(Open, Returned, Released, Sent), When: authCounted.and(authEnding), Raise: AuthorisationExpires},
	{From: in(Returned), When: markSettled.and(releaseEarned, notShort, notPaused, linesStand, oursToFulfil, secured), To: Released, Ask: release},
	{From: in(Open, Returned), When: instant.and(markSettled, returnInTransit.or(returnReceived, releaseEarned), notShort, notPaused, linesStand, oursToFulfil, secured), To: Released, Ask: release},
	{From: in(Open, Returned, Released, Sent), When: linesChanged, Raise: LinesChanged},
	{From: in(Open, Returned, Released, Sent), When: otherwise, Raise: MoneyMismatch},
	{From: in(Open, Returned, Released), When: reviewDue, Raise: ReturnIncomplete},
	{From: in(Sent), When: instant.and(reviewDue, notAllBack), Raise: ReturnIncomplete},
	{From: in(Open, Returned), When: closedEmpty, Raise: ClosedWithoutGoods},
	{From: in(Released), When: movedBack, Raise: MovedBackByWarehouse},
	{From: in(Released, Sent), When: takenBack, Raise: ReturnReset},

	// sent
	{From: in(Released), When: orderReached, To: Sent, Ask: readShipment},
	{From: in(Sent), When: shopBehind, Ask: readShopAgain},
	{From: in(Sent), When: shipmentKnown.and(linesDue, processHere), Ask: process},
	{From: in(Sent), When: processed.and(heldToLift), Ask: liftHolds},
	{From: in(Sent), When: processed.and(heldByOthers), Raise: FulfillmentHeld},
	{From: in(Released, Sent), When: closedEarly, Raise: ReturnClosedInShop},
	{From: in(Open, Returned, Released, Sent), When: notRouted, Ask: awaitRouting},
	{From: in(Open, Returned, Released, Sent), When: notRouted.and(routingPast), Raise: NoFulfillmentOrder},
	{From: in(Sent), When: canFulfill, Ask: fulfill},
	{From: in(Sent), When: processed.and(shipmentKnown, buyerOwes, collectable), Ask: collect},
	{From: in(Sent), When: processed.and(shipmentKnown, buyerOwes, authShared), Raise: AuthorisationShared},
	{From: in(Sent), When: processed.and(shipmentKnown, buyerOwes, nothingPays), Raise: PaymentDue},
	{From: in(Sent), When: processed.and(shipmentKnown, buyerOwes, takenOverLimit), Raise: OverLimit},
	{From: in(Sent), When: processed.and(fulfilledAll, shopOwes, refundable), Ask: giveBack},
	{From: in(Sent), When: processed.and(fulfilledAll, shopOwes, notRefunded), Raise: RefundDue},
	{From: in(Sent), When: processed.and(shopOwes, backOverLimit), Raise: OverLimit},
	{From: in(Sent), When: processed.and(paidUnclear), Raise: PaymentUnclear},
	{From: in(Sent), When: deposited, Ask: voidDeposit},
	{From: in(Sent), When: agreedUnknown, Raise: AgreedUnknown},
	{From: in(Released, Sent), When: goodsBack, Ask: processBack},
	{From: in(Released, Sent), When: instant.and(deadlineWanted), Ask: setDeadline},
	{From: in(Released, Sent), When: instant.and(deadlineMoved, notAllBack), Ask: putOffDeadline},
	{From: in(Released, Sent), When: instant.and(deadlinePassed, notAllBack, backBehind), Ask: readBackAgain},
	{From: in(Released, Sent), When: instant.and(deadlinePassed, notAllBack, notCharged), Raise: ReturnOverdue},
	{From: in(Sent), When: parcelBack, Raise: ParcelReturned},
	{From: in(Sent, Completed), When: toDispose, Ask: dispose},
	{From: in(Sent, Completed), When: lateTracking, Ask: updateTracking},
	{From: in(Sent), When: fulfilledAll.and(sentAll, settledAll, depositEnded, accountedFor), To: Completed},
	{From: in(Completed), When: returnLeft, Ask: closeReturn},
}

// Rules are the rows of the table, for those who draw it.
func Rules() []Rule { return rules }
