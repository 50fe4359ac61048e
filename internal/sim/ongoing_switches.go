package sim

import (
	"fmt"
	"slices"
)

// A Status is a number and its text; a system has its own list of them.
type Status struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// OngoingSwitches are what differs between Ongoing systems, and what the vendor's documents leave open.
// The numbers in the comments are those of the list of unknowns that the simulator was written from:
//
//	1 return order webhook   2 return status numbers   3 rate limits          4 shape of refusals
//	5 status of a new order  6 when work has begun     7 PATCH of the status  8 what a repeated PUT leaves out
//	9 201 or 200            10 form of a webhook       12 system set-ups differ
type OngoingSwitches struct {
	OrderStatuses  []Status `json:"order_statuses"`  // 12: any system may rename and renumber
	ReturnStatuses []Status `json:"return_statuses"` // 2

	// Which numbers mean what to this system's staff.
	ReleasedStatus  int `json:"released_status"`
	SentStatus      int `json:"sent_status"`
	ReturnedStatus  int `json:"returned_status"`
	CancelledStatus int `json:"cancelled_status"`
	ReturnNotified  int `json:"return_notified"`
	ReturnReturned  int `json:"return_returned"`
	ReturnCancelled int `json:"return_cancelled"`

	BornStatus      int  `json:"born_status"`       // 5: the status of an order made by PUT
	PutResetsStatus bool `json:"put_resets_status"` // 5: a repeated PUT sets BornStatus again
	Created201      bool `json:"created_201"`       // 9: 201 when PUT /orders created, else always 200
	BlindReads      int  `json:"blind_reads"`       // a new order's lines are missing from its first so many reads

	StartedFrom     int  `json:"started_from"`     // 6: from this status on PUT and DELETE are refused
	ReturnedStarted bool `json:"returned_started"` // 6: so are they at ReturnedStatus, also where nothing was ever picked
	AllocatedFrom   int  `json:"allocated_from"`   // 7: staff setting this status or a later one allocates goods: PATCH is refused
	RefuseSame      bool `json:"refuse_same"`      // 7: setting the status an order has is refused, and so is cancelling twice
	PatchCancels    bool `json:"patch_cancels"`    // 7: CancelledStatus may be set by PATCH
	PatchFires      bool `json:"patch_fires"`      // 7: a status set by PATCH fires the webhook

	KeepMembers bool `json:"keep_members"` // 8: members left out of a repeated PUT are kept (null clears), else cleared
	KeepLines   bool `json:"keep_lines"`   // 8: lines left out of a repeated PUT are kept, else deleted

	RefusalStatus  int  `json:"refusal_status"`   // 4: of what the warehouse will not do
	NotFoundStatus int  `json:"not_found_status"` // 4: of an id or number that does not exist
	RefusalsAs200  bool `json:"refusals_as_200"`  // 4: refusals of PUT, DELETE and PATCH are 200 with a null id and a message
	MakeArticles   bool `json:"make_articles"`    // 4: an unknown article is made, else refused

	ParallelHangs bool   `json:"parallel_hangs"` // a call beside another of the same goods owner gets no answer
	VolumeLimit   Window `json:"volume_limit"`   // 3: calls, per call name and user
	FailureLimit  Window `json:"failure_limit"`  // 3: failed calls in a row, per call name and user
	RetryAfter    int    `json:"retry_after"`    // 3: seconds, in a header of every 429; 0: no header

	ReceiveReturnsOrder bool   `json:"receive_returns_order"` // 12: receiving a return order sets its original order to ReturnedStatus
	ReturnWebhook       string `json:"return_webhook"`        // 1: "inferred", "with_order" (and the customer order's id and number) or "none"
	WrongArticle        string `json:"wrong_article"`         // -: goods that no line announced: a "line" of their own, or a "comment" and no line
	PickedFires         bool   `json:"picked_fires"`          // -: a shipment that leaves the status as it was fires the order webhook too
	LeanWebhooks        bool   `json:"lean_webhooks"`         // 10: the members of an older system only
	WebhookPath         string `json:"webhook_path"`          // 10: "slash" (/api/v1/orders/1) or "bare" (orders/1)
}

// A Window is a limit: at most Calls within Seconds. Zero calls is no limit.
type Window struct {
	Calls   int `json:"calls"`
	Seconds int `json:"seconds"`
}

// StandardOngoingSwitches returns the vendor's standard statuses and the likeliest of what is left open.
func StandardOngoingSwitches() OngoingSwitches {
	return OngoingSwitches{
		OrderStatuses: []Status{
			{150, "Error"},
			{200, "Open"},
			{300, "Released"},
			{320, "Allocated"},
			{400, "Picked"},
			{450, "Sent"},
			{500, "Collected"},
			{800, "Returned"},
			{1000, "Cancelled"},
		},
		ReturnStatuses: []Status{{100, "Notified"}, {500, "Returned"}, {900, "Cancelled"}},
		ReleasedStatus: 300, SentStatus: 450, ReturnedStatus: 800, CancelledStatus: 1000,
		ReturnNotified: 100, ReturnReturned: 500, ReturnCancelled: 900,
		BornStatus: 200, Created201: true,
		StartedFrom: 300, AllocatedFrom: 320, PatchCancels: true, PatchFires: true,
		RefusalStatus: 400, NotFoundStatus: 404,
		ReceiveReturnsOrder: true, ReturnWebhook: "inferred", WrongArticle: "line", WebhookPath: "slash",
	}
}

// Validate reports a role whose number is not in its list, or a word that is not one of the choices.
func (s OngoingSwitches) Validate() error {
	for _, n := range []int{s.ReleasedStatus, s.SentStatus, s.ReturnedStatus, s.CancelledStatus, s.BornStatus} {
		if _, ok := statusText(s.OrderStatuses, n); !ok {
			return fmt.Errorf("switches: order status %d is not in order_statuses", n)
		}
	}
	for _, n := range []int{s.ReturnNotified, s.ReturnReturned, s.ReturnCancelled} {
		if _, ok := statusText(s.ReturnStatuses, n); !ok {
			return fmt.Errorf("switches: return status %d is not in return_statuses", n)
		}
	}
	if !slices.Contains([]string{"inferred", "with_order", "none"}, s.ReturnWebhook) {
		return fmt.Errorf("switches: return_webhook %q is not inferred, with_order or none", s.ReturnWebhook)
	}
	if !slices.Contains([]string{"line", "comment"}, s.WrongArticle) {
		return fmt.Errorf("switches: wrong_article %q is not line or comment", s.WrongArticle)
	}
	if !slices.Contains([]string{"slash", "bare"}, s.WebhookPath) {
		return fmt.Errorf("switches: webhook_path %q is not slash or bare", s.WebhookPath)
	}
	return nil
}

func (s OngoingSwitches) orderText(n int) string {
	text, _ := statusText(s.OrderStatuses, n)
	return text
}

func (s OngoingSwitches) returnText(n int) string {
	text, _ := statusText(s.ReturnStatuses, n)
	return text
}

func statusText(list []Status, number int) (string, bool) {
	for _, status := range list {
		if status.Number == number {
			return status.Text, true
		}
	}
	return "", false
}
