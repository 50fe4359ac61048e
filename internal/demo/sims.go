package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

// sims are the two simulators, in one process, by their control doors.
type sims struct {
	process   *process
	warehouse warehouse
	shop      shop
}

// startSims starts `tradeback sim` on free ports.
func startSims(ctx context.Context, h *house) (*sims, error) {
	var at struct{ Ongoing, Shopify string }
	p, err := start(ctx, h.Binary, h.environ, &at, "sim", "--ongoing", "127.0.0.1:0", "--shopify", "127.0.0.1:0", "--webhook-retry", "20ms")
	if err != nil {
		return nil, err
	}
	if at.Ongoing == "" || at.Shopify == "" {
		p.kill()
		return nil, errors.New("sim did not say where it listens")
	}
	client := newClient()
	return &sims{
		process:   p,
		warehouse: warehouse{caller{base: "http://" + at.Ongoing, client: client}},
		shop:      shop{caller{base: "http://" + at.Shopify, client: client}},
	}, nil
}

// reset brings both simulators back to their beginning.
func (s *sims) reset(ctx context.Context) error {
	return errors.Join(s.warehouse.post(ctx, "/control/reset", nil, nil), s.shop.post(ctx, "/control/reset", nil, nil))
}

// switches say what kind of shop and warehouse they are; nil leaves one as it is.
func (s *sims) switches(ctx context.Context, shop, warehouse map[string]any) error {
	var errs [2]error
	if shop != nil {
		errs[0] = s.shop.post(ctx, "/control/switches", shop, nil)
	}
	if warehouse != nil {
		errs[1] = s.warehouse.post(ctx, "/control/switches", warehouse, nil)
	}
	return errors.Join(errs[:]...)
}

// landing is how late a call may be done whose caller was cut off.
const landing = 250 * time.Millisecond

// harm lets calls fail and webhooks be late or come twice, by chance from a seed.
func (s *sims) harm(ctx context.Context, seed uint64) error {
	chance := sim.Chance{Seed: seed, Calls: 80, DelayMS: int(landing.Milliseconds()), Doubled: 100, Late: 100, LateMS: 200}
	return errors.Join(s.warehouse.post(ctx, "/control/chance", chance, nil), s.shop.post(ctx, "/control/chance", chance, nil))
}

// modes say how both deliver their webhooks from now on.
func (s *sims) modes(ctx context.Context, m sim.Modes) error {
	set := map[string]any{"modes": m}
	return errors.Join(s.warehouse.post(ctx, "/control/webhooks", set, nil), s.shop.post(ctx, "/control/webhooks", set, nil))
}

// flush sends the webhooks that both hold back, and says how many that are.
func (s *sims) flush(ctx context.Context) (int, error) {
	sent := 0
	for _, c := range []*caller{&s.warehouse.caller, &s.shop.caller} {
		var answer struct{ Flushed int }
		if _, err := c.call(ctx, http.MethodPost, "/control/flush", nil, &answer); err != nil {
			return sent, fmt.Errorf("flush: %w", err)
		}
		sent += answer.Flushed
	}
	return sent, nil
}

// deliveries are the webhooks of both so far.
func (s *sims) deliveries(ctx context.Context) ([]sim.Record, error) {
	var all []sim.Record
	for _, c := range []*caller{&s.warehouse.caller, &s.shop.caller} {
		var some []sim.Record
		if err := c.get(ctx, "/control/deliveries", &some); err != nil {
			return nil, fmt.Errorf("deliveries: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
}
