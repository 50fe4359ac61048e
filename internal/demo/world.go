package demo

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// world is one run of a story: a shop, a warehouse, a return portal, and tradeback between them.
type world struct {
	house    *house
	sims     *sims
	back     *tradeback
	portal   *portal
	coin     coin
	variants map[string]string // ids by sku

	steps   *steps // nil: nobody wants to hear them
	began   time.Time
	last    view
	told    map[string]int              // how much of each exchange's timeline was told
	slowest time.Duration               // between two looks
	nudge   func(context.Context) error // done between two looks, if not nil
	cancel  context.CancelCauseFunc
}

// setting is what differs between the worlds of stories.
type setting struct {
	terms     terms
	coin      coin // what customers pay in; none: kronor
	crash     string
	seed      uint64
	reconcile time.Duration // how often serve looks for what nobody told; 0: as in service
	steps     *steps
	slowest   time.Duration
	furnish   func(context.Context, *world) error          // sets up more than usual; nil: nothing
	trace     func(context.Context, *world)                // nil: no trace
	check     func(context.Context, *world, *Result) error // one more thing to judge; nil: nothing
}

// open makes a world. The context it returns ends with the story's time, or when serve ends badly.
func (h *house) open(ctx context.Context, set setting) (_ *world, _ context.Context, err error) {
	s, err := h.take(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ctx, stop := context.WithTimeoutCause(ctx, patience, errors.New("its time is over"))
	context.AfterFunc(ctx, stop)
	w := &world{house: h, sims: s, coin: set.coin, steps: set.steps, slowest: set.slowest, cancel: cancel}
	if w.coin == (coin{}) {
		w.coin = kronor
	}
	if w.slowest == 0 {
		w.slowest = 12 * time.Millisecond
	}
	if w.back, err = startTradeback(ctx, h, s, set, cancel); err != nil {
		return nil, nil, errors.Join(err, w.close())
	}
	doors := "http://" + w.back.at
	w.portal = &portal{url: doors + "/webhooks/returns/" + connectionName, client: newClient()}
	var articles []string
	for _, g := range assortment {
		articles = append(articles, g.sku)
	}
	if err := s.warehouse.furnish(ctx, doors, articles); err != nil {
		return nil, nil, errors.Join(err, w.close())
	}
	if w.variants, err = s.shop.furnish(ctx, doors); err != nil {
		return nil, nil, errors.Join(err, w.close())
	}
	return w, ctx, nil
}

// begin lets the clock run: what the ledgers hold already is the past.
func (w *world) begin(ctx context.Context) error {
	steps := w.steps
	w.steps = nil
	_, err := w.look(ctx)
	w.steps, w.began = steps, time.Now()
	return err
}

// close ends the world. The simulators go back into the house.
func (w *world) close() error {
	var err error
	if w.back != nil {
		err = w.back.close()
	}
	if w.portal != nil {
		w.portal.client.CloseIdleConnections()
	}
	w.cancel(context.Canceled)
	w.house.give(w.sims)
	return err
}

// duplicates counts the deliveries that serve's doors have answered as known since it was started. A replica that was
// killed may be about to come back: until all of them answer they are asked again.
func (w *world) duplicates(ctx context.Context) (sum int, err error) {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for {
		sum, err = 0, nil
		for _, at := range w.back.operations() {
			n, fault := scrape(ctx, client, "http://"+at+"/metrics")
			sum, err = sum+n, errors.Join(err, fault)
		}
		if err == nil || rest(ctx, 20*time.Millisecond) != nil {
			return sum, err
		}
	}
}
