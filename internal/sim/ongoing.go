package sim

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// OngoingOptions say what a simulated Ongoing system begins with.
type OngoingOptions struct {
	System       string                 // the {warehouse} of every path and the system of every webhook; "nordlager" if empty
	GoodsOwners  []GoodsOwner           // more can be added through the control door
	Switches     func(*OngoingSwitches) // changes the standard switches; nil leaves them
	WebhookRetry time.Duration          // see NewCourier; 0 keeps to the vendor's waits
	Now          func() time.Time       // time.Now if nil

	// OnBadAnswer, where set, is told of every answer that is not as the vendor's document says.
	OnBadAnswer func(call string, err error)
}

// Ongoing is a simulated Ongoing WMS: goods owners, articles, orders and return orders in memory, the REST
// API of the vendor's OpenAPI document in front of them, webhooks, and a control door through which the
// warehouse's staff act. What the vendor leaves open is a switch.
//
// Shape: /{System}/api/v1/… and /control/….
type Ongoing struct {
	Faults  Faults
	Courier *Courier

	options  OngoingOptions
	contract *contract
	control  Control
	tally    Tally
	limits   limits

	mu       sync.Mutex
	ids      sequence // outlives a reset, so that no id is ever given twice
	switches OngoingSwitches
	stock    warehouseState
}

// NewOngoing returns a simulated system. Close ends its webhooks.
func NewOngoing(options OngoingOptions) *Ongoing {
	options.System = cmp.Or(options.System, "nordlager")
	if options.Now == nil {
		options.Now = time.Now
	}
	o := &Ongoing{
		options:  options,
		contract: ongoingContract(),
		Courier:  NewCourier(options.WebhookRetry, 0),
		ids:      sequence{},
	}
	o.Faults.Failed = ongoingFailed
	o.Faults.Throttled = ongoingThrottled
	o.begin()
	o.mountControl()
	return o
}

// begin sets the state a system starts from.
func (o *Ongoing) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.switches = StandardOngoingSwitches()
	if o.options.Switches != nil {
		o.options.Switches(&o.switches)
	}
	o.stock = warehouseState{}
	for _, g := range o.options.GoodsOwners {
		o.addGoodsOwner(g)
	}
	o.tally.Reset()
	o.limits.reset()
}

// Handler returns the system's HTTP side, for httptest.NewServer or an http.Server.
func (o *Ongoing) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/control/") {
			o.control.ServeHTTP(w, r)
			return
		}
		o.serveAPI(w, r)
	})
}

// Close stops the sending of webhooks and returns when it has stopped.
func (o *Ongoing) Close() { o.Courier.Close() }

// Run waits until ctx is done and then closes the system.
func (o *Ongoing) Run(ctx context.Context) error {
	<-ctx.Done()
	o.Close()
	return nil
}

// A sequence gives ids: each name counts by itself, from where the vendor's samples are.
type sequence map[string]int

func (s sequence) next(name string, first int) int {
	if s[name] == 0 {
		s[name] = first - 1
	}
	s[name]++
	return s[name]
}
