package sim

import (
	"fmt"
	"slices"
)

// ShopifySwitches are what differs between shops, and what the documents leave open, so that a client can be
// tried both ways. The numbers in the comments are those of the list of unknowns that the simulator was
// written from; a dash stands for an unknown that the list does not name.
type ShopifySwitches struct {
	Workflow    string   `json:"workflow"`     // 2: "new": exchange lines become order lines at returnProcess; "legacy": at returnCreate
	Plus        bool     `json:"plus"`         // a Plus shop: authorizationExpiresAt is shown
	Bucket      int      `json:"bucket"`       // points of the cost bucket
	RestoreRate int      `json:"restore_rate"` // points per second
	Denied      []string `json:"denied"`       // root fields that are answered ACCESS_DENIED, as if a scope was missing

	ApproveOnCreate    bool   `json:"approve_on_create"`    // 4: returnCreate sends returns/approve
	ProcessPayload     string `json:"process_payload"`      // 3: returns/process: "empty" object, as in the sample, or "id"
	ReleaseWhenPaid    bool   `json:"release_when_paid"`    // 1: AWAITING_PAYMENT is lifted by Shopify once nothing is outstanding
	HoldUntilCaptured  bool   `json:"hold_until_captured"`  // -: AWAITING_PAYMENT also where authorisations cover what is owed
	HoldLegacyReturns  bool   `json:"hold_legacy_returns"`  // -: legacy: AWAITING_RETURN_ITEMS at returnCreate
	ReleaseReturned    bool   `json:"release_returned"`     // -: legacy: AWAITING_RETURN_ITEMS is lifted by Shopify once the return lines are processed
	ReleaseAllHolds    bool   `json:"release_all_holds"`    // 5: fulfillmentOrderReleaseHold without holdIds: all holds, not only the caller's
	ProcessAtomic      bool   `json:"process_atomic"`       // 13: returnProcess does nothing where the gateway refuses its refund
	FulfillmentDelay   int    `json:"fulfillment_delay"`    // 21: a new fulfillment order shows after this many reads of its order
	ZeroPriceDefect    bool   `json:"zero_price_defect"`    // exchange lines of price 0 get no fulfillment order
	PartialStatus      string `json:"partial_status"`       // 20: of a partly fulfilled fulfillment order: OPEN or IN_PROGRESS
	EditedStatus       string `json:"edited_status"`        // -: of a fulfillment order whose lines an edit took off: CLOSED or CANCELLED
	CaptureResult      string `json:"capture_result"`       // of orderCapture: SUCCESS, PENDING or FAILURE
	CaptureError       string `json:"capture_error"`        // errorCode of a failed capture
	AutoCapture        string `json:"auto_capture"`         // the shop captures by itself: "" never, "fulfillment" what each shipment is worth, "order" when all is shipped
	AutoCaptureMandate bool   `json:"auto_capture_mandate"` // 14: also what was authorised by orderCreateMandatePayment
	RefuseFinal        bool   `json:"refuse_final"`         // -: finalCapture is refused unless multi-capturable, else it is ignored
	CaptureTwice       bool   `json:"capture_twice"`        // -: an authorisation that is not multi-capturable lets itself be captured again
	VoidPartlyCaptured bool   `json:"void_partly_captured"` // -: transactionVoid takes what is left of a partly captured authorisation
	RefundResult       string `json:"refund_result"`        // of the transactions of a refund: SUCCESS, PENDING or FAILURE
	RefundKeyErrors    string `json:"refund_key_errors"`    // 11: how refundCreate refuses a key: "user" errors or at the "top" level
	SuggestCaptured    bool   `json:"suggest_captured"`     // -: suggestedFinancialOutcome counts what is authorised as outstanding still
	OrdersUpdated      bool   `json:"orders_updated"`       // orders/updated is sent after every call that changed an order
	PendingReads       int    `json:"pending_reads"`        // a pending transaction is answered after so many reads of the order's; 0: when it is told to
	PendingEnd         string `json:"pending_end"`          // and that with SUCCESS or FAILURE

	MandateResult string `json:"mandate_result"` // of orderCreateMandatePayment: SUCCESS, FAILURE, PENDING, RETRYABLE or REDIRECT_REQUIRED
	MandateReads  int    `json:"mandate_reads"`  // its job runs after so many reads of it or of the order's transactions; 0: after the call
	MandatePaid   string `json:"mandate_paid"`   // -: what success looks like: PURCHASED or SUCCESS (a sale), or CAPTURED (an authorisation and its capture)
	MandateOver   bool   `json:"mandate_over"`   // -: more than is outstanding may be charged
	AmountRefusal string `json:"amount_refusal"` // -: of an amount that only Plus shops may give: "access" (ACCESS_DENIED) or "user_error"

	InvoiceMultiCurrency bool `json:"invoice_multi_currency"` // 15: orderInvoiceSend on a multi-currency order
	InvoiceSettled       bool `json:"invoice_settled"`        // -: orderInvoiceSend where nothing is outstanding
	InvoiceEvent         bool `json:"invoice_event"`          // -: an invoice shows among the order's events, as mail_sent
}

// StandardShopifySwitches are those of a Standard shop on the new workflow; where the documents leave
// something open, what is likelier.
func StandardShopifySwitches() ShopifySwitches {
	return ShopifySwitches{
		Workflow: "new", Bucket: 2000, RestoreRate: 100,
		ApproveOnCreate: true, ProcessPayload: "empty", HoldLegacyReturns: true,
		PartialStatus: "OPEN", EditedStatus: "CLOSED", CaptureResult: "SUCCESS", CaptureError: "CARD_DECLINED", RefuseFinal: true, RefundResult: "SUCCESS", RefundKeyErrors: "user",
		PendingEnd: "SUCCESS", MandateResult: "SUCCESS", MandatePaid: "PURCHASED", AmountRefusal: "access", InvoiceEvent: true,
	}
}

// What a gateway answers, and what charging a stored payment method may come to besides.
var (
	shopResults        = []string{"SUCCESS", "PENDING", "FAILURE"}
	shopMandateResults = append(slices.Clone(shopResults), "RETRYABLE", "REDIRECT_REQUIRED")
)

// Validate reports what is wrong with o.
func (o ShopifySwitches) Validate() error {
	for _, c := range []struct {
		name, value string
		known       []string
	}{
		{"workflow", o.Workflow, []string{"new", "legacy"}},
		{"process_payload", o.ProcessPayload, []string{"empty", "id"}},
		{"partial_status", o.PartialStatus, []string{"OPEN", "IN_PROGRESS"}},
		{"edited_status", o.EditedStatus, []string{"CLOSED", "CANCELLED"}},
		{"auto_capture", o.AutoCapture, []string{"", "fulfillment", "order"}},
		{"capture_result", o.CaptureResult, shopResults},
		{"refund_result", o.RefundResult, shopResults},
		{"refund_key_errors", o.RefundKeyErrors, []string{"user", "top"}},
		{"pending_end", o.PendingEnd, []string{"SUCCESS", "FAILURE"}},
		{"mandate_result", o.MandateResult, shopMandateResults},
		{"mandate_paid", o.MandatePaid, []string{"PURCHASED", "SUCCESS", "CAPTURED"}},
		{"amount_refusal", o.AmountRefusal, []string{"access", "user_error"}},
	} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("%s is %q, not one of %v", c.name, c.value, c.known)
		}
	}
	if o.Bucket < 1 || o.RestoreRate < 1 || min(o.FulfillmentDelay, o.PendingReads, o.MandateReads) < 0 {
		return fmt.Errorf("bucket and restore_rate count from 1, fulfillment_delay, pending_reads and mandate_reads from 0")
	}
	return nil
}
