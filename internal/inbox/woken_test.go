package inbox_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tradeback/tradeback/internal/store"
)

func TestWhatAnExchangeWakesIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.settings.AutoCreate = false
		parked := r.receive("portal", portal("return.closed"))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.worker().Run(ctx) }()
		synctest.Wait()
		if got := r.item(parked); got.State != store.Parked {
			t.Fatalf("the event is %s, want parked", got.State)
		}
		r.receive("api", byReturn())
		synctest.Wait()
		if got := r.item(parked); got.State != store.Done {
			t.Errorf("the event is %s before any time has passed, want done", got.State)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
