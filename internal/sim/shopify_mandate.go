package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// shopAuthorisationLife is how long an authorisation lives that the simulator makes by itself: the window of
// Shopify Payments.
const shopAuthorisationLife = 7 * 24 * time.Hour

// A shopMandate is a stored payment method that may be charged for one order.
type shopMandate struct {
	id      int64
	brand   string
	digits  string
	expired bool
	result  string // what charging it comes to; "": as the switches say
}

// A shopCharge is a payment by mandate. It is made by a job, after the call that asked for it.
type shopCharge struct {
	order     *shopOrder
	mandate   *shopMandate
	key       string
	calls     int // with this key
	job       int64
	reference string
	amount    int64 // 0: all that is outstanding when the job runs
	capture   bool  // else it is only authorised
	left      int   // runs after so many reads more
	done      bool
	result    string // of one that made no transaction
	made      []*shopTransaction
	by        string
}

// plusOnly refuses an argument that only Plus shops may give, in the way the switches ask for.
func (s *Shopify) plusOnly(mutation string, in gqlArgs, refuse func(message string, field ...string) any) any {
	switch {
	case !in.given("amount") || s.switches.Plus:
		return nil
	case s.switches.AmountRefusal == "user_error":
		return refuse("The amount argument is only available to Shopify Plus shops.", "amount")
	}
	err := gqlErrorf("ACCESS_DENIED", "Access denied for amount argument on %s.", mutation)
	err.Extensions["documentation"] = "https://shopify.dev/api/usage/access-scopes"
	err.Extensions["requiredAccess"] = "the shop to be on Shopify Plus"
	return err
}

// mandatePayment handles orderCreateMandatePayment: a job is begun, unless one with this key was begun
// before; then the answer is that one's.
func (s *Shopify) mandatePayment(in gqlArgs, by string) any {
	no := func(message string, field ...string) any {
		return refused("OrderCreateMandatePaymentPayload", "OrderCreateMandatePaymentUserError",
			shopUserError{field, message, "ORDER_MANDATE_PAYMENT_ERROR_CODE"})
	}
	if bad := unknownInput(in, "paymentScheduleId"); bad != nil {
		return bad
	}
	o, bad := s.order(in.text("id"))
	if bad != nil {
		return bad
	}
	n, bad := gidNumber("PaymentMandate", in.text("mandateId"))
	if bad != nil {
		return bad
	}
	if refusal := s.plusOnly("orderCreateMandatePayment", in, no); refusal != nil {
		return refusal
	}
	switch {
	case o == nil:
		return no("Order does not exist", "id")
	case in.text("idempotencyKey") == "":
		return no("Idempotency key can't be blank", "idempotencyKey")
	}
	at := slices.IndexFunc(o.charges, func(c *shopCharge) bool { return c.key == in.text("idempotencyKey") })
	if at >= 0 {
		o.charges[at].calls++
		return o.charges[at].payload()
	}
	c := &shopCharge{
		order: o, key: in.text("idempotencyKey"), calls: 1, capture: in.flag("autoCapture"), left: s.switches.MandateReads, by: by,
	}
	if m := slices.IndexFunc(o.mandates, func(m *shopMandate) bool { return m.id == n }); m >= 0 {
		c.mandate = o.mandates[m]
	}
	switch {
	case c.mandate == nil:
		return no("Payment mandate does not exist", "mandateId")
	case o.outstanding() <= 0 && !s.switches.MandateOver:
		return no("The order has no outstanding balance", "id")
	}
	if in.given("amount") {
		amount, ok := shopGiven(in.input("amount"), o.presentment)
		switch {
		case !ok || amount == 0:
			return no("Amount is invalid", "amount")
		case amount > o.outstanding() && !s.switches.MandateOver:
			return no("Amount exceeds the outstanding balance", "amount")
		}
		c.amount = amount
	}
	c.job = s.newID()
	c.reference = fmt.Sprintf("ref-%x", s.newID())
	o.charges = append(o.charges, c)
	answer := c.payload()
	if c.left == 0 {
		s.afterwards = append(s.afterwards, c.run)
	}
	return answer
}

// payload is the answer to the call that began c, and to each that repeats its key.
func (c *shopCharge) payload() any {
	return accepted("OrderCreateMandatePaymentPayload", map[string]any{
		"job": c.jobNow(), "jobResult": nil, "paymentReferenceId": c.reference,
	})
}

func (c *shopCharge) jobGID() string {
	return fmt.Sprintf("gid://shopify/Job/00000000-0000-4000-a000-%012x", c.job&0xffffffffffff)
}

// jobNow is the job as it stands.
func (c *shopCharge) jobNow() gqlObject {
	return gqlFields{"Job", map[string]any{"id": c.jobGID(), "done": c.done, "query": nil}}
}

// tick counts a read by which the job comes nearer to its turn.
func (c *shopCharge) tick() {
	if c.done || c.left == 0 {
		return
	}
	if c.left--; c.left == 0 {
		c.run()
	}
}

// run makes the payment.
func (c *shopCharge) run() {
	if c.done {
		return
	}
	s, o := c.order.in, c.order
	c.done = true
	amount := cmp.Or(c.amount, max(0, o.outstanding()))
	result := cmp.Or(c.mandate.result, s.switches.MandateResult)
	switch {
	case amount == 0:
		c.result = "ERROR"
		return
	case result == "REDIRECT_REQUIRED" || result == "RETRYABLE":
		c.result = result
		return
	}
	failure := ""
	if c.mandate.expired {
		result = "FAILURE"
		failure = "EXPIRED_CARD"
	} else if result == "FAILURE" {
		failure = s.switches.CaptureError
	}
	kind := "SALE"
	if !c.capture || s.switches.MandatePaid == "CAPTURED" {
		kind = "AUTHORIZATION"
	}
	twice := c.capture && kind == "AUTHORIZATION" && result != "FAILURE" // an authorisation, and its capture
	first := result
	if twice {
		first = "SUCCESS"
	}
	t := s.move(o, kind, first, amount, nil, c.by)
	t.failure, t.mandate = failure, true
	if kind == "AUTHORIZATION" {
		t.multi, t.expires = s.switches.Plus, s.now().Add(shopAuthorisationLife)
	}
	c.made = append(c.made, t)
	s.tellTransaction(t)
	if twice {
		c.made = append(c.made, s.capture(t, amount, false, result, "", c.by))
	}
	s.settled(o)
}

// status is how the payment stands, by its last transaction.
func (c *shopCharge) status() string {
	switch {
	case !c.done:
		return "PROCESSING"
	case c.result != "":
		return c.result
	}
	last := c.made[len(c.made)-1]
	switch {
	case last.status == "PENDING":
		return "PENDING"
	case last.status == "FAILURE":
		return "ERROR"
	case last.voided:
		return "VOIDED"
	case last.kind == "AUTHORIZATION" && last.captured() == 0:
		return "AUTHORIZED"
	case last.kind != "SALE":
		return "CAPTURED"
	}
	return c.order.in.switches.MandatePaid
}

// paymentStatus answers orderPaymentStatus.
func (s *Shopify) paymentStatus(order, reference string) any {
	o, bad := s.order(order)
	if bad != nil {
		return bad
	}
	if o == nil {
		return nil
	}
	at := slices.IndexFunc(o.charges, func(c *shopCharge) bool { return c.reference == reference })
	if at < 0 {
		return nil
	}
	c := o.charges[at]
	var text any
	if c.status() == "ERROR" {
		text = "The payment could not be made."
	}
	s.afterwards = append(s.afterwards, c.tick)
	return gqlFields{"OrderPaymentStatus", map[string]any{
		"status": c.status(), "paymentReferenceId": c.reference, "errorMessage": text, "translatedErrorMessage": text,
		"transactions": gqlList(c.made),
	}}
}

// jobOf answers job(id).
func (s *Shopify) jobOf(id string) any {
	c := find(s, func(o *shopOrder) []*shopCharge { return o.charges }, func(c *shopCharge) bool { return c.jobGID() == id })
	if c == nil {
		return nil
	}
	s.afterwards = append(s.afterwards, c.tick)
	return c.jobNow()
}

// collection answers Order.paymentCollectionDetails.
func (o *shopOrder) collection() gqlObject {
	var link any
	if o.outstanding() > 0 {
		link = fmt.Sprintf("https://%s/orders/%d/pay", o.in.options.Domain, o.id)
	}
	return gqlFields{"OrderPaymentCollectionDetails", map[string]any{
		"additionalPaymentCollectionUrl": link, "vaultedPaymentMethods": gqlList(o.mandates),
	}}
}

func (m *shopMandate) gqlType() string { return "PaymentMandate" }

func (m *shopMandate) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("PaymentMandate", m.id)
	case "paymentInstrument":
		return gqlFields{"VaultCreditCard", map[string]any{
			"brand": m.brand, "lastDigits": m.digits, "expired": m.expired, "expiryMonth": 12, "expiryYear": 2030,
			"name": "Card holder", "billingAddress": nil,
		}}
	}
	return notSimulated
}

// A ShopifyMandate is a stored payment method of an order, to be seeded or changed. ID may be a global id of the
// caller's choice. Result is what charging it comes to, in place of the switch mandate_result.
type ShopifyMandate struct {
	ID      string `json:"id"`
	Brand   string `json:"brand"`  // "visa" if empty
	Digits  string `json:"digits"` // "4242" if empty
	Expired bool   `json:"expired"`
	Result  string `json:"result"`
}

// seedMandate adds m to o, or changes the one with its id.
func (s *Shopify) seedMandate(o *shopOrder, seed ShopifyMandate) (string, error) {
	if seed.Result != "" && !slices.Contains(shopMandateResults, seed.Result) {
		return "", fmt.Errorf("result is %q, not one of %v", seed.Result, shopMandateResults)
	}
	var id int64
	if seed.ID != "" {
		n, bad := gidNumber("PaymentMandate", seed.ID)
		if bad != nil {
			return "", bad
		}
		id = n
	}
	at := slices.IndexFunc(o.mandates, func(m *shopMandate) bool { return m.id == id })
	if at < 0 {
		o.mandates = append(o.mandates, &shopMandate{id: cmp.Or(id, s.newID())})
		at = len(o.mandates) - 1
	}
	m := o.mandates[at]
	m.brand, m.digits = cmp.Or(seed.Brand, m.brand, "visa"), cmp.Or(seed.Digits, m.digits, "4242")
	m.expired, m.result = seed.Expired, seed.Result
	return gid("PaymentMandate", m.id), nil
}

// storeMethod lets the customer store a payment method for an order, or changes one.
func (s *Shopify) storeMethod(in shopStored) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	id, err := s.seedMandate(o, in.ShopifyMandate)
	if err != nil {
		return nil, err
	}
	return map[string]any{"mandate": id}, nil
}

// A shopStored is the body of the control route by which a customer stores a payment method.
type shopStored struct {
	Order string `json:"order"`
	ShopifyMandate
}

// runJobs lets every payment by mandate that waits have its turn now.
func (s *Shopify) runJobs(shopOrdered) (any, error) {
	n := 0
	for _, o := range s.orders {
		for _, c := range o.charges {
			if !c.done {
				c.run()
				n++
			}
		}
	}
	return map[string]any{"ran": n}, nil
}
