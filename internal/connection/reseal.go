package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Reseal seals every connection's secrets with another key, one commit each. Those that are sealed with it already are
// passed over, so that what was interrupted is run again. Access tokens that client credentials have got are left as
// they are: they do not open any more, and are got anew.
//
// Errors: KeyError before anything is written, when a connection is sealed with neither; store.ErrConflict when one was
// changed meanwhile.
func Reseal(ctx context.Context, docs Docs, from, to *Sealer, who audit.Actor, now time.Time) (done []exchange.Conn, err error) {
	var puts []store.Put
	err = each(ctx, docs, Bucket, func(d store.Doc) error {
		c, err := Open(d.Body, from)
		var other *KeyError
		if errors.As(err, &other) && other.Key == to.KeyID() {
			return nil
		}
		if err != nil {
			return err
		}
		if d.Body, err = Seal(c, to); err != nil {
			return err
		}
		e := audit.Entry{Actor: who, At: now, Action: "connections.reseal", Connection: c.Name, Target: string(c.Name), Changes: []audit.Change{
			{Field: "key", Before: from.KeyID(), After: to.KeyID()},
		}}
		puts = append(puts, store.Put{Doc: d, Line: e.Line()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range puts {
		results, err := docs.Apply(ctx, []store.Op{p})
		if err == nil {
			err = results[0]
		}
		if err != nil {
			return done, fmt.Errorf("put connection %s: %w", p.Doc.Key, err)
		}
		done = append(done, exchange.Conn(p.Doc.Key))
	}
	return done, nil
}
