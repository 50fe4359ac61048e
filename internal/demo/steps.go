package demo

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// The sides that steps happen on.
const (
	sideCustomer  = "Customer"
	sideApp       = "App"
	sideStaff     = "Staff"
	sidePortal    = "Portal"
	sideShopify   = "Shopify"
	sideOngoing   = "Ongoing"
	sideWarehouse = "Warehouse"
	sideTradeback = "tradeback"
)

// steps tells what happens, one line each. It is safe for concurrent use; nil tells nobody.
type steps struct {
	mu  sync.Mutex
	out io.Writer
}

// tell writes what happened on a side, so long after the beginning.
func (s *steps) tell(began time.Time, side, format string, args ...any) {
	if s == nil {
		return
	}
	after := 0.0
	if !began.IsZero() {
		after = time.Since(began).Seconds()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "  %5.2fs  %-9s  %s\n", after, side, fmt.Sprintf(format, args...))
}

// tell says what one of the people or systems of the story does.
func (w *world) tell(side, format string, args ...any) {
	w.steps.tell(w.began, side, format, args...)
}
