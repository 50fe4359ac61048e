package exchange

import (
	"slices"
	"time"
)

// The conditions of the rules, in the order of a normal exchange.
var (
	byLines = when("asked for by lines, no Shopify return yet", func(x *Exchange) bool {
		return x.ReturnID() == "" && x.Facts.Request.OrderID != "" && len(x.Facts.Request.ExchangeLines) > 0
	})
	returnKnown   = when("Shopify return known", func(x *Exchange) bool { return x.ReturnID() != "" }).by("the return being created in Shopify")
	linesKnown    = when("its lines known", func(x *Exchange) bool { return x.Facts.Shop != nil }).by("a read of the Shopify return")
	linesUnknown  = when("its lines not known", func(x *Exchange) bool { return x.Facts.Shop == nil })
	somethingOut  = when("it has exchange lines", func(x *Exchange) bool { return len(deref(x.Facts.Shop).ExchangeLines) > 0 }).by("exchange lines on the Shopify return")
	nothingOut    = when("it has no exchange lines", func(x *Exchange) bool { return len(deref(x.Facts.Shop).ExchangeLines) == 0 })
	numbered      = when("number given", func(x *Exchange) bool { return x.Facts.Sequence > 0 }).by("a read of the Shopify return: its order gives the number")
	originalKnown = when("original order known", func(x *Exchange) bool { return x.Facts.Original != nil }).by("an order in Ongoing that one of `original_order` names")
	originalOpen  = when("original order not known", func(x *Exchange) bool { return x.Facts.Original == nil })
	linesMatch    = when("every line has its article and its place on the original order", func(x *Exchange) bool {
		_, code := x.placing()
		return code == ""
	}).by("article numbers in Shopify, and an original order in Ongoing, that fit each other")
	linesOff = when("a line has no article, or no place on the original order", func(x *Exchange) bool {
		_, code := x.placing()
		return code == LineNotPlaced
	})
	linesTaken = when("other exchanges have announced what it would return", func(x *Exchange) bool {
		_, code := x.placing()
		return code == LineTaken
	})

	numbersFree = when("none of its numbers is another exchange's", func(x *Exchange) bool { return !x.numberOfAnother() }).by("a person: see what is raised")
	// At its end an exchange wants no number any more.
	numberOfAnother = when("a number of it is another exchange's", func(x *Exchange) bool { return x.numberOfAnother() && !x.Stage.Final() })

	orderMade   = when("exchange order made", func(x *Exchange) bool { return x.Facts.Order != nil })
	bornStarted = when("exchange order first read as anything but Open, Returned, Cancelled", func(x *Exchange) bool {
		b := x.Facts.Born
		return b != nil && !x.foundPlaced() && !x.takenBack() && b.Role != RoleOpen && b.Role != RoleReturned && b.Role != RoleCancelled
	})
	orderHeld = when("exchange order reads Open or Returned", func(x *Exchange) bool {
		return x.orderReads(RoleOpen, RoleReturned)
	}).by("the exchange order in Ongoing at a status that stands for Open or Returned")
	orderOut       = when("exchange order reads Released or Sent", func(x *Exchange) bool { return x.orderReads(RoleReleased, RoleSent) })
	notByUs        = when("release not asked for", func(x *Exchange) bool { return !x.asked(Release) })
	openSettled    = when("no Open patch pending", func(x *Exchange) bool { return !x.pending(SetOpen) }).by("Ongoing's answer to setting it Open")
	openRefused    = when("setting it Open refused", func(x *Exchange) bool { return x.ended(SetOpen, Refused) != nil })
	orderReached   = when("exchange order reached Sent", func(x *Exchange) bool { return x.Facts.Reached.Has(RoleSent) }).by("the warehouse sending the exchange order: a status that stands for Sent")
	orderCancelled = when("exchange order reads Cancelled", func(x *Exchange) bool {
		return x.orderReads(RoleCancelled) && !x.pending(CancelOrder) || x.called(Done)
	}).by("a read of the exchange order as Cancelled")
	orderTakenBack = when("exchange order taken back", func(x *Exchange) bool { return x.takenBack() }).by("the exchange order taken back in Ongoing")
	orderNeverMade = when("exchange order never made", func(x *Exchange) bool {
		return x.Facts.Order == nil && x.ended(PlaceOrder, Done, Dead) == nil
	}).by("a look in Ongoing that finds no exchange order")
	movedBack = when("exchange order reads Open or Returned after our release", func(x *Exchange) bool {
		m := x.done(Release)
		return m != nil && x.orderReads(RoleOpen, RoleReturned) && x.Facts.Order.Stamp.After(m.Stamp)
	})

	instant = when("instant", func(x *Exchange) bool { return x.Instant() })
	regular = when("regular", func(x *Exchange) bool { return !x.Instant() })

	returnReceived = when("return order Returned", func(x *Exchange) bool { return x.received() }).by("the warehouse receiving the return order: a status that stands for Returned")
	returnClosed   = Condition{
		name:  "return closed",
		holds: func(x *Exchange) bool { return x.closed() },
		since: func(x *Exchange) time.Time { return x.Facts.Portal.Reset },
		met:   "the return portal closing the return (return.closed)",
	}
	returnInTransit = when("return parcel in transit or delivered", func(x *Exchange) bool { return x.scanned() }).by("a scan of the return parcel (shipment.event.in_transit or delivered)")
	notShort        = Condition{
		name:  "nothing short, or let pass by `partial`",
		holds: func(x *Exchange) bool { return !x.short() || x.passes() },
		why:   (*Exchange).missingItems,
		met:   "the rest arriving, or a person accepting what came back",
	}
	reviewDue = when("the finished return order is short, scrapped or wrong; the partial policy asks for a person", func(x *Exchange) bool { return x.toReview() })
	toMatch   = when("it is short only, `release_matched`, and the rest of the release is earned", func(x *Exchange) bool {
		return x.matchable() && (x.Instant() || x.Stage == Returned && len(x.unearnedIf(true)) == 0)
	})
	orderSmaller = when("less goes out than the exchange order holds", func(x *Exchange) bool {
		rest, ok := x.unmatched()
		return ok && len(rest.ExchangeLines) > 0 && !x.takenBack()
	})
	orderFits = when("the exchange order is taken back, or holds no more", func(x *Exchange) bool {
		rest, ok := x.unmatched()
		return ok && (len(rest.ExchangeLines) == 0 || x.takenBack())
	})
	cutUnread     = when("lines taken off since Shopify was last read", func(x *Exchange) bool { return x.cutBehind() })
	restSettled   = when("exchange order taken back, nothing left to take off", func(x *Exchange) bool { return x.toReplace() }).by("the rest taken off the order in Ongoing and the return in Shopify")
	releaseEarned = Condition{
		name:  "release earned (`release_on`)",
		holds: func(x *Exchange) bool { return len(x.unearned()) == 0 },
		why:   (*Exchange).unearned,
		since: func(x *Exchange) time.Time { return x.Facts.Portal.Reset },
		met:   "the portal's return.closed, or the warehouse receiving every line: as `release_on` has it",
	}
	closedEmpty = when("closed by the portal itself, with no scan and no receipt", func(x *Exchange) bool {
		p := &x.Facts.Portal
		return p.Closed.After(p.Reset) && p.byItself() && !x.closed()
	})
	takenBack = when("the portal has reset the return since", func(x *Exchange) bool {
		p := &x.Facts.Portal
		heard := !p.Closed.IsZero() || len(p.Scans) > 0
		return !p.Reset.IsZero() && heard && !p.Closed.After(p.Reset) && !x.scanned() && !x.whole()
	})
	notPaused = Condition{
		name: "not paused",
		holds: func(x *Exchange) bool {
			p := &x.Facts.Portal
			return p.Paused.IsZero() || p.Paused.Before(p.Reset) || p.Resumed.After(p.Paused) // on a tie: paused
		},
		since: func(x *Exchange) time.Time { return x.Facts.Portal.Paused },
		met:   "the return portal resuming the return (return.resumed)",
	}

	linesStand   = when("the exchange order holds what the return has to send", func(x *Exchange) bool { return x.ordered() }).by("an exchange order in Ongoing with the lines of the return")
	linesChanged = when("the return has other lines to send than the exchange order", func(x *Exchange) bool {
		return x.Facts.Order != nil && !x.orderReads(RoleCancelled) && !x.takenBack() && !x.pending(CancelOrder) && !x.ordered()
	})

	markSettled    = when("marking settled", func(x *Exchange) bool { return !x.pending(MarkReturned, SetOpen, CancelOrder) }).by("Ongoing's answer to marking it")
	secured        = when("secured if asked", func(x *Exchange) bool { return x.secured() }).by("an authorisation or a payment of the amount in Shopify, or a person settling it")
	securing       = when("secure_before_release", func(x *Exchange) bool { return x.Policy.Payment == SecureBeforeRelease })
	notSecured     = when("amount not secured", func(x *Exchange) bool { return !x.secured() })
	nothingHandled = when("nothing processed", func(x *Exchange) bool { return !x.shopStale(Process) && !x.Facts.Shop.processedAny() })
	toHold         = when("processed before it was sent, their fulfillment order not held by us", func(x *Exchange) bool { return len(x.exposed()) > 0 })
	othersFulfil   = when("fulfilled in Shopify, not sent by the warehouse", func(x *Exchange) bool { return x.fulfilledByOthers() })
	oursToFulfil   = when("nobody else has fulfilled it", func(x *Exchange) bool { return !x.fulfilledByOthers() }).by("a person: see what is raised")
	heldByUs       = when("held by us", func(x *Exchange) bool { return x.done(HoldFulfillment) != nil })

	processHere   = when("process_return", func(x *Exchange) bool { return x.Policy.ProcessReturn })
	shipmentKnown = when("shipment known", func(x *Exchange) bool { return len(x.Facts.Sent) > 0 }).by("a read of the exchange order that shows what was shipped")
	linesDue      = when("lines due not processed", func(x *Exchange) bool {
		return len(x.processing()) > 0 && !x.shopStale(Process)
	}).by("a read of the Shopify return with lines that can be processed")
	processed = when("processed", func(x *Exchange) bool {
		s := x.Facts.Shop
		return s != nil && !x.shopStale(Process) && !slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return l.Processed < l.Quantity })
	})
	closedEarly = when("exchange lines not processed, and the Shopify return is closed or cancelled", func(x *Exchange) bool {
		s := x.Facts.Shop
		return s != nil && s.ended() && slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return l.Processed < l.Quantity })
	})
	notRouted   = when("processed, but no fulfillment order holds a line", func(x *Exchange) bool { return x.unrouted() })
	routingPast = when("and it had time to appear", func(x *Exchange) bool { return x.Facts.Unrouted })
	shopBehind  = when("work left in Shopify, last read before our own acts there", func(x *Exchange) bool {
		if x.missing(ReadShop) {
			return false // it is polled
		}
		return x.behind(Process) || !x.allFulfilled() && x.behind(HoldFulfillment, ReleaseHold, Fulfill) ||
			(!x.settled() || len(x.held()) > 0) && x.behind(unread...)
	})
	securingBehind = when("something done in Shopify to secure it, last read before that", func(x *Exchange) bool {
		return x.Policy.Payment == SecureBeforeRelease && !x.missing(ReadShop) && x.behind(unread...)
	})
	heldToLift = when("their fulfillment order held by us, AWAITING_PAYMENT or AWAITING_RETURN_ITEMS", func(x *Exchange) bool {
		return len(x.liftable()) > 0 && !x.shopStale(Process, HoldFulfillment, ReleaseHold)
	})
	heldByOthers = when("their fulfillment order held by another app", func(x *Exchange) bool {
		return slices.ContainsFunc(x.ourFulfillmentOrders(), func(fo FulfillmentOrder) bool {
			return slices.ContainsFunc(fo.Holds, func(h Hold) bool { return !lifts(h) })
		})
	})
	canFulfill   = when("fulfillment order open for what a shipment holds", func(x *Exchange) bool { _, ok := x.nextFulfillment(); return ok }).by("a fulfillment order in Shopify that is open for what was sent")
	lateTracking = when("tracking came late", func(x *Exchange) bool { _, _, ok := x.lateTracking(); return ok })
	toDispose    = when("goods received, not disposed of", func(x *Exchange) bool {
		return len(x.dispositions()) > 0 && !x.shopStale(Process) && !x.pending(Dispose)
	})

	buyerOwes = when("the buyer owes", func(x *Exchange) bool {
		return x.Facts.Agreed != nil && x.due().Minor > 0 && !x.settled() && !x.depositWanted()
	})
	shopOwes = when("the shop owes", func(x *Exchange) bool {
		return x.Facts.Agreed != nil && x.due().Minor < 0 && !x.settled() && !x.awaitsReturn()
	})
	otherwise = when("Shopify suggests another difference for the same lines than was agreed", func(x *Exchange) bool {
		return x.differs() && !x.settled()
	})
	agreedUnknown = when("processed, and the agreed amount is not known", func(x *Exchange) bool {
		return x.Policy.Payment != PaymentNone && x.Facts.Agreed == nil && x.Facts.Shop != nil && x.Facts.Shop.processedAny() && !x.settled()
	})
	paidUnclear = when("an invoice of ours sent, and what was paid since does not fit what the order owes", func(x *Exchange) bool {
		_, told := x.movedByOthers()
		return !told && x.askedByInvoice() > 0 && x.due().Minor == 0 && !x.settled() && !x.awaitsReturn() && !x.shopStale(unread...)
	})
	collectable      = when("a way to collect it not tried", func(x *Exchange) bool { return x.collects(wayOpen) })
	authShared       = when("the authorisation is shared", func(x *Exchange) bool { return x.collects(isShared) })
	nothingPays      = when("no way to collect it left", func(x *Exchange) bool { return x.collects(noWay) })
	invoiceOpen      = when("an invoice sent and not paid", func(x *Exchange) bool { return x.invoice() != nil })
	invoiceOld       = when("it had a week", (*Exchange).unpaidLong)
	invoicePaid      = when("the invoice paid", func(x *Exchange) bool { return !x.awaitsPayment() }).by("the customer paying the invoice")
	securable        = when("a way to secure it not tried", func(x *Exchange) bool { return x.secures(wayOpen) })
	notSecurable     = when("no way to secure it left", func(x *Exchange) bool { return x.secures(noWay) || x.secures(isShared) })
	refundable       = when("payments known that it goes back to", func(x *Exchange) bool { return x.refunds(wayOpen) })
	notRefunded      = when("it was refused, or no payments known that it goes back to", func(x *Exchange) bool { return x.refunds(noWay) })
	takenOverLimit   = when("it is above the limit of one act, and no person let it through", func(x *Exchange) bool { return x.collects(isOver) })
	securedOverLimit = when("it is above the limit of one act, and no person let it through", func(x *Exchange) bool { return x.secures(isOver) })
	backOverLimit    = when("it is above the limit of one act, and no person let it through", func(x *Exchange) bool { return x.refunds(isOver) })
	deposited        = when("an authorisation of ours that is not needed any more", func(x *Exchange) bool {
		return len(x.heldStill()) > 0 && x.settled() && !x.shopStale(unread...)
	})
	depositEnded = when("no authorisation of ours left", func(x *Exchange) bool {
		return len(x.held()) == 0 || len(x.heldStill()) == 0 && !x.shopStale(unread...)
	}).by("the authorisation voided or taken")
	authCounted = when("an authorisation counted on that expires", func(x *Exchange) bool { return x.countedOn() != nil })
	authEnding  = when("it expires within a day", func(x *Exchange) bool { return x.expiresSoon() })

	deadlineWanted = when("a deadline is set", func(x *Exchange) bool { return x.Policy.DeadlineDays > 0 })
	deadlineMoved  = when("the deadline put off, since the return is seen on its way", func(x *Exchange) bool { return x.extended() })
	deadlinePassed = when("deadline passed", func(x *Exchange) bool { return x.overdue() })
	backBehind     = when("what is missing is charged, the return order last read before the deadline", func(x *Exchange) bool { return x.backUnread() })
	notCharged     = when("what is missing not charged", func(x *Exchange) bool { return !x.charging() && !x.backUnread() })
	notAllBack     = when("not everything came back", func(x *Exchange) bool { return !x.accounted() })
	goodsBack      = when("exchange lines processed alone, return lines came back", func(x *Exchange) bool {
		return x.apart() && processed.Holds(x) && len(x.returnsBack()) > 0 && !x.shopStale(Process)
	})
	fulfilledAll = when("all lines sent are fulfilled", func(x *Exchange) bool { return x.allFulfilled() }).by("each shipment fulfilled in Shopify")
	sentAll      = when("every line was sent", func(x *Exchange) bool { return x.allSent() }).by("the warehouse sending the rest of the exchange order")
	settledAll   = when("difference settled", func(x *Exchange) bool { return x.settled() }).by("the difference collected or given back, or a person settling it")
	accountedFor = when("return accounted for", func(x *Exchange) bool { return x.accounted() }).by("the return back or closed by the portal, or what is missing charged or settled by a person")

	calledOff = when("cancelled by the shop, the portal or a person, and not refused", func(x *Exchange) bool {
		return x.calledOff() && !x.called(Refused)
	})
	isCalledOff   = when("called off", func(x *Exchange) bool { return x.calledOff() })
	notCalledOff  = when("nobody called it off, or that was refused", func(x *Exchange) bool { return !x.calledOff() || x.called(Refused) })
	nothingOpen   = when("no act of ours without outcome", func(x *Exchange) bool { return !x.pending() }).by("the answers to what was begun")
	cancelRefused = when("refused, work has begun", func(x *Exchange) bool { return x.called(Refused) })
	returnOut     = when("return order made, not Returned", func(x *Exchange) bool {
		r := x.Facts.ReturnOrder
		return r != nil && r.Status.Role != RoleReturned && r.Status.Role != RoleCancelled
	})
	linesLeft   = when("exchange lines left on the open Shopify return", func(x *Exchange) bool { return x.linesLeft() })
	returnIdle  = when("nothing else on the Shopify return, or it was made by us; nothing on its way", func(x *Exchange) bool { return x.returnGoes() })
	linesSold   = when("exchange lines processed and not fulfilled", func(x *Exchange) bool { return len(x.sold()) > 0 && !x.shopStale(Process, Fulfill) })
	soldBehind  = when("lines processed since Shopify was last read", func(x *Exchange) bool { return !x.missing(ReadShop) && x.behind(Process) })
	parcelBack  = when("items of the exchange order came back after it was sent", func(x *Exchange) bool { return x.cameBack() })
	returnLeft  = when("the Shopify return open, with return lines that stay unprocessed", func(x *Exchange) bool { return x.leftOpen() })
	moneyTaken  = when("something was taken and not given back", func(x *Exchange) bool { return x.Stage == Cancelled && x.toGiveBack().Minor > 0 })
	paidTooMuch = when("an invoice of ours sent, and more was paid than it asked for, or for whom it was is not known", func(x *Exchange) bool { return x.overpaid() })
	moneyBehind = when("money of it moved, last read before that", func(x *Exchange) bool {
		return !x.missing(ReadShop) && x.movedMoney() && (x.behind(unread...) || !x.readSince(x.cancelled()))
	})
	holding = when("an authorisation of ours left", func(x *Exchange) bool { return len(x.heldStill()) > 0 && !x.shopStale(unread...) })
)

// numberOfAnother reports whether the warehouse has one of x's numbers on an order of an exchange that is not known by
// it. No other number is tried then: what x asks for may have been sent under one already.
func (x *Exchange) numberOfAnother() bool {
	return slices.ContainsFunc(x.Facts.Movements, func(m Movement) bool { return m.Result == Refused && m.Code == CodeNotOurs })
}

// orderReads reports whether the exchange order has one of these roles. One that was taken back to be placed anew has none.
func (x *Exchange) orderReads(roles ...Role) bool {
	return x.Facts.Order != nil && !x.takenBack() && slices.Contains(roles, x.Facts.Order.Status.Role)
}

func (x *Exchange) received() bool {
	return x.Facts.ReturnOrder != nil && x.Facts.ReturnOrder.Status.Role == RoleReturned
}

// whole reports whether the finished return order has every line as announced, none scrapped.
func (x *Exchange) whole() bool { return x.received() && !x.short() }

// closed reports whether the portal closed the return since it was last reset. A close that goes with the
// portal's auto-close counts only with a scan or a receipt.
func (x *Exchange) closed() bool {
	p := &x.Facts.Portal
	if !p.Closed.After(p.Reset) {
		return false
	}
	return !p.byItself() || x.scanned() || x.received()
}

// asksReturnOrder reports whether the return order is being placed or read: what the warehouse found is not known yet.
func (x *Exchange) asksReturnOrder() bool {
	r := x.reading(ReadReturnOrder)
	return x.pending(PlaceReturnOrder) || r != nil && r.Want > r.Have && x.readAsk(ReadReturnOrder) != nil
}

// scanned reports whether the return parcel was seen. Parcels that carry the replacement do not count.
func (x *Exchange) scanned() bool {
	p := &x.Facts.Portal
	return slices.ContainsFunc(p.Scans, func(s Scan) bool {
		return !x.outbound(s) && (s.InTransit.After(p.Reset) || s.Delivered.After(p.Reset))
	})
}

// outbound reports whether a parcel that was scanned carries the replacement.
func (x *Exchange) outbound(s Scan) bool {
	return x.Facts.Order != nil && slices.ContainsFunc(x.Facts.Order.Parcels, func(q Parcel) bool { return q.Waybill == s.Tracking })
}

// accounted: regular, once released; instant, once the portal closed the return or everything is back, or what is missing
// was charged or settled by a person.
func (x *Exchange) accounted() bool {
	return !x.Instant() || x.closed() || x.whole() || x.received() && x.passes() ||
		x.charging() && x.settled() || x.waived()
}

// called reports whether calling the exchange off ended so at the warehouse.
func (x *Exchange) called(r Result) bool {
	m := x.moved(x.id(CancelOrder, "1"))
	return m != nil && m.Result == r
}

func (x *Exchange) calledOff() bool {
	s, p := x.Facts.Shop, &x.Facts.Portal
	return x.Facts.Cancel.By != "" || p.Cancelled.After(p.Reset) ||
		s != nil && (s.OrderCancelled || s.ReturnStatus == ReturnCanceled || s.ReturnStatus == ReturnDeclined)
}

// shopStale reports whether an act of one of these kinds ended after our last read of Shopify began, or is
// without outcome.
func (x *Exchange) shopStale(kinds ...Kind) bool {
	return x.Facts.Shop == nil || x.pending(kinds...) || x.behind(kinds...)
}

// behind reports whether our last read of Shopify began before an act of one of these kinds ended.
func (x *Exchange) behind(kinds ...Kind) bool {
	return x.Facts.Shop != nil && slices.ContainsFunc(x.Facts.Movements, func(m Movement) bool {
		return slices.Contains(kinds, m.Kind) && (m.Result == Done || m.Result == Refused) && !x.Facts.Shop.Stamp.After(m.Stamp)
	})
}

// sentOf counts the items of an exchange line that the warehouse shipped.
func (x *Exchange) sentOf(l *ExchangeLine) int {
	n := 0
	for _, sh := range x.Shipments() {
		n += x.shippedOf(l, sh)
	}
	return n
}

// shippedOf counts the items of an exchange line in a shipment. Several rows may hold one line.
func (x *Exchange) shippedOf(l *ExchangeLine, sh Shipment) int {
	n := 0
	for _, sl := range sh.Lines {
		if e := x.exchangeLine(sl); e != nil && e.ID == l.ID {
			n += sl.Quantity
		}
	}
	return n
}

func (x *Exchange) allSent() bool {
	s := x.Facts.Shop
	return s != nil && !slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return x.sentOf(&l) < l.Quantity })
}

// allFulfilled reports whether every shipment is fulfilled: by an act of ours, or because Shopify says so.
func (x *Exchange) allFulfilled() bool {
	s := x.Facts.Shop
	if s == nil || len(x.Facts.Sent) == 0 {
		return false
	}
	ours, known := true, true
	for _, sh := range x.Shipments() {
		m := x.moved(x.id(Fulfill, sh.ID))
		ours = ours && m != nil && m.Result == Done
		known = known && !slices.ContainsFunc(sh.Lines, func(l ShipmentLine) bool { return x.exchangeLine(l) == nil })
	}
	return ours || known && !slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return s.fulfilled(&l) < x.sentOf(&l) })
}

// unearned is what the release still waits for, by the policy's release_on.
func (x *Exchange) unearned() []string {
	return x.unearnedIf(x.whole() || x.received() && x.passes())
}

// unearnedIf is what it would wait for if all had come back, or had not.
func (x *Exchange) unearnedIf(whole bool) []string {
	const back = "every line came back, says the warehouse's return order"
	closed, open := "return closed", !x.closed()
	if !open && x.asksReturnOrder() {
		closed, open = "what the warehouse's return order says, now that the return is closed", true
	}
	var out []string
	if open {
		out = append(out, closed)
	}
	if !whole {
		out = append(out, back)
	}
	switch x.Policy.ReleaseOn {
	case OnReturnOrder:
		out = slices.DeleteFunc(out, func(s string) bool { return s == closed })
	case OnBoth:
	case OnEither:
		if len(out) < 2 {
			return nil
		}
		out = []string{closed + " or " + back}
	default:
		out = slices.DeleteFunc(out, func(s string) bool { return s == back })
	}
	return out
}
