package redis

import (
	"context"
	"errors"
	"fmt"
	"net"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
)

// away makes it known of calls to which Redis gave no answer that the store is unavailable, so that whoever
// asked is told to come again.
type away struct{}

var _ goredis.Hook = away{}

func (away) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (away) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := unanswered(next(ctx, cmd))
		cmd.SetErr(err)
		return err
	}
}

func (away) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error { return unanswered(next(ctx, cmds)) }
}

// unanswered makes what Redis did not answer, or put off, the store's being unavailable.
func unanswered(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), isAnswer(err) && !isPutOff(err):
		return err
	}
	return unavailable(err)
}

// isAnswer reports whether Redis itself said no.
func isAnswer(err error) bool {
	var said goredis.Error
	return errors.As(err, &said)
}

// isPutOff reports whether Redis said that it cannot answer now.
func isPutOff(err error) bool {
	return goredis.IsLoadingError(err) || goredis.IsMasterDownError(err) || goredis.IsClusterDownError(err) ||
		goredis.IsTryAgainError(err) || goredis.IsReadOnlyError(err) || goredis.IsNoReplicasError(err) || goredis.IsMaxClientsError(err) ||
		goredis.HasErrorPrefix(err, "BUSY") || goredis.HasErrorPrefix(err, "MISCONF")
}

func unavailable(err error) error {
	if errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
