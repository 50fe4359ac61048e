package redis

import (
	"context"
	"strings"

	"github.com/tradeback/tradeback/internal/store"
)

var _ store.Listener = (*Engine)(nil)

// Listen hears what the apply script tells of commits. go-redis connects anew when the line breaks.
func (e *Engine) Listen(ctx context.Context, changed func(store.Conn)) {
	told := e.client.Subscribe(ctx, e.all.changes)
	defer told.Close()
	news := told.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-news:
			if !ok { // the engine was closed
				return
			}
			if from, conn, ok := strings.Cut(m.Payload, "\x00"); ok && from != e.process {
				changed(store.Conn(conn))
			}
		}
	}
}

// news is what others are told when something of c is committed. What this process has committed, it knows.
func (e *Engine) news(c store.Conn) string { return e.process + "\x00" + string(c) }
