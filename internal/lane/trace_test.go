package lane

import (
	"context"
	"net/http/httptrace"
)

// traceOf gives the call by which the real transport says that it has a connection.
func traceOf(ctx context.Context) func() {
	t := httptrace.ContextClientTrace(ctx)
	if t == nil || t.GotConn == nil {
		return nil
	}
	return func() { t.GotConn(httptrace.GotConnInfo{}) }
}
