package exchange

// Policy is what the merchant wants of an exchange: the connection's exchange settings, taken when the
// exchange was requested. What Ongoing's status numbers mean is not in it: each read carries the role.
type Policy struct {
	Instant       bool   `json:"instant"` // the connection's default; Request.Instant wins
	ReleaseOn     string `json:"release_on"`
	Partial       string `json:"partial"`
	MarkReturned  bool   `json:"mark_returned"`
	ProcessReturn bool   `json:"process_return"`
	Payment       string `json:"payment"`
	Deposit       string `json:"deposit"`
	DeadlineDays  int    `json:"deadline_days"`
	AfterDeadline string `json:"after_deadline,omitempty"` // empty: raise
	// MandateAmounts: the shop may choose how much a stored payment method is charged (Shopify allows it on Plus).
	MandateAmounts bool     `json:"mandate_amounts,omitempty"`
	Number         string   `json:"number"`           // template of the exchange order's number
	ReturnNumber   string   `json:"return_number"`    // template of the return order's number
	OriginalOrder  []string `json:"original_order"`   // templates, tried in turn
	Limits         []Limit  `json:"limits,omitempty"` // none: no limit beside the ledger's own amount
}

// ReleaseOn: what earns a regular exchange its release.
const (
	OnReturnClosed = "return_closed" // the portal says the return is closed
	OnReturnOrder  = "return_order"  // the warehouse says every line came back
	OnBoth         = "both"
	OnEither       = "either"
)

// Partial: what to do when the warehouse received less, or something else, than announced.
const (
	PartialWait           = "wait"
	PartialReleaseMatched = "release_matched"
	PartialReleaseAll     = "release_all"
	PartialReview         = "review"
)

// Payment: when a positive difference is asked for.
const (
	CaptureOnSent       = "capture_on_sent"
	SecureBeforeRelease = "secure_before_release"
	PaymentNone         = "none"
)

// Deposit: what is secured before an instant exchange is released.
const (
	DepositDifference = "difference"
	DepositFullValue  = "full_value"
)

// AfterDeadline: what follows when an instant exchange's return has not come back in time.
const (
	AfterDeadlineRaise  = "raise"
	AfterDeadlineCharge = "charge"
)
