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
	ReleaseAllHolds    bool   `json:"release_all_holds"`    // 5: fulfillmentOrderReleaseHold without holdIds: all holds, not only the caller's
	FulfillmentDelay   int    `json:"fulfillment_delay"`    // 21: a new fulfillment order shows after this many reads of its order
	ZeroPriceDefect    bool   `json:"zero_price_defect"`    // exchange lines of price 0 get no fulfillment order
	PartialStatus      string `json:"partial_status"`       // 20: of a partly fulfilled fulfillment order: OPEN or IN_PROGRESS
	CaptureResult      string `json:"capture_result"`       // of orderCapture: SUCCESS, PENDING or FAILURE
	CaptureError       string `json:"capture_error"`        // errorCode of a failed capture
	RefuseFinal        bool   `json:"refuse_final"`         // -: finalCapture is refused unless multi-capturable, else it is ignored
	CaptureTwice       bool   `json:"capture_twice"`        // -: an authorisation that is not multi-capturable lets itself be captured again
	VoidPartlyCaptured bool   `json:"void_partly_captured"` // -: transactionVoid takes what is left of a partly captured authorisation
	RefundResult       string `json:"refund_result"`        // of the transactions of a refund: SUCCESS, PENDING or FAILURE
}

// StandardShopifySwitches are those of a Standard shop on the new workflow; where the documents leave
// something open, what is likelier.
func StandardShopifySwitches() ShopifySwitches {
	return ShopifySwitches{
		Workflow: "new", Bucket: 2000, RestoreRate: 100,
		ApproveOnCreate: true, ProcessPayload: "empty", HoldLegacyReturns: true,
		PartialStatus: "OPEN", CaptureResult: "SUCCESS", CaptureError: "CARD_DECLINED", RefuseFinal: true, RefundResult: "SUCCESS",
	}
}

// Validate reports what is wrong with o.
func (o ShopifySwitches) Validate() error {
	results := []string{"SUCCESS", "PENDING", "FAILURE"}
	for _, c := range []struct {
		name, value string
		known       []string
	}{
		{"workflow", o.Workflow, []string{"new", "legacy"}},
		{"process_payload", o.ProcessPayload, []string{"empty", "id"}},
		{"partial_status", o.PartialStatus, []string{"OPEN", "IN_PROGRESS"}},
		{"capture_result", o.CaptureResult, results},
		{"refund_result", o.RefundResult, results},
	} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("%s is %q, not one of %v", c.name, c.value, c.known)
		}
	}
	if o.Bucket < 1 || o.RestoreRate < 1 || o.FulfillmentDelay < 0 {
		return fmt.Errorf("bucket and restore_rate count from 1, fulfillment_delay from 0")
	}
	return nil
}
