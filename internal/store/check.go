package store

import (
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Check reports what makes an operation contradict itself: a thing without a name, of another connection,
// or at a version that cannot be. Engines refuse such an operation before they read anything.
//
// Errors: ErrInvalid.
func Check(op Op) error {
	switch o := op.(type) {
	case Receive:
		return checkReceive(o)
	case Put:
		return checkPut(o)
	case Step:
		return checkStep(o)
	case Import:
		return checkImport(o.Row)
	}
	return fmt.Errorf("%w: no such operation: %T", ErrInvalid, op)
}

func checkReceive(o Receive) error {
	switch it := o.Event; {
	case it.Kind != Event:
		return fmt.Errorf("%w: received item %s is of kind %q", ErrInvalid, it.ID, it.Kind)
	case it.Version != 0:
		return fmt.Errorf("%w: received event %s has version %d", ErrInvalid, it.ID, it.Version)
	case it.State == Dropped:
		return fmt.Errorf("%w: received event %s is dropped", ErrInvalid, it.ID)
	case it.Line == nil && (it.Source == "person" || it.Source == "api"):
		return fmt.Errorf("%w: event %s of source %s has no audit line", ErrInvalid, it.ID, it.Source)
	default:
		if err := checkLine(it.Line); err != nil {
			return err
		}
		return checkItem(it, it.Conn)
	}
}

func checkPut(o Put) error {
	if err := checkDoc(o.Doc, o.Doc.Conn); err != nil {
		return err
	}
	for _, d := range o.With {
		if err := checkDoc(d, o.Doc.Conn); err != nil {
			return err
		}
	}
	return checkLine(o.Line)
}

func checkStep(o Step) error {
	if err := checkNext(o); err != nil {
		return err
	}
	for _, it := range o.Items {
		if err := checkItem(it, o.Conn); err != nil {
			return err
		}
	}
	for _, d := range o.Docs {
		if err := checkDoc(d, o.Conn); err != nil {
			return err
		}
	}
	return nil
}

func checkNext(o Step) error {
	x := o.Next
	if x == nil {
		if o.Entry != nil || len(o.Refs) != 0 {
			return fmt.Errorf("%w: an entry or refs without an exchange", ErrInvalid)
		}
		return nil
	}
	switch {
	case x.ID == "" || x.Version == 0:
		return fmt.Errorf("%w: exchange %q at version %d", ErrInvalid, x.ID, x.Version)
	case x.Connection != o.Conn:
		return foreign("exchange", string(x.ID), x.Connection, o.Conn)
	case o.Entry != nil && (o.Entry.Exchange != x.ID || o.Entry.Version != x.Version):
		return fmt.Errorf("%w: entry of %s at version %d, exchange %s at %d",
			ErrInvalid, o.Entry.Exchange, o.Entry.Version, x.ID, x.Version)
	}
	for _, r := range o.Refs {
		if r.Name == "" {
			return fmt.Errorf("%w: exchange %s has a ref without a name", ErrInvalid, x.ID)
		}
	}
	return nil
}

func checkItem(it Item, c Conn) error {
	switch {
	case it.ID == "":
		return fmt.Errorf("%w: an item without an id", ErrInvalid)
	case it.Conn != c:
		return foreign("item", it.ID, it.Conn, c)
	case it.Kind != Event && it.Kind != Effect && it.Kind != Timer && it.Kind != Announcement:
		return fmt.Errorf("%w: item %s is of kind %q", ErrInvalid, it.ID, it.Kind)
	}
	switch it.State {
	case Parked:
		if it.Ref == "" {
			return fmt.Errorf("%w: item %s is parked on nothing", ErrInvalid, it.ID)
		}
	case Dropped:
		if it.Version == 0 {
			return fmt.Errorf("%w: item %s is dropped before it is stored", ErrInvalid, it.ID)
		}
	case Waiting, Quarantined, Dead, Done, Ignored:
	default:
		return fmt.Errorf("%w: item %s is in state %q", ErrInvalid, it.ID, it.State)
	}
	return nil
}

func checkDoc(d Doc, c Conn) error {
	switch {
	case d.Bucket == "" || d.Key == "":
		return fmt.Errorf("%w: document %q of bucket %q", ErrInvalid, d.Key, d.Bucket)
	case ofChain(d):
		return fmt.Errorf("%w: document %s/%s is of the audit chain", ErrInvalid, d.Bucket, d.Key)
	}
	return checkPlace(d, c)
}

// checkPlace refuses a document of another connection.
func checkPlace(d Doc, c exchange.Conn) error {
	if d.Conn != c {
		return foreign("document", d.Bucket+"/"+d.Key, d.Conn, c)
	}
	return nil
}

func foreign(what, id string, has, want exchange.Conn) error {
	return fmt.Errorf("%w: %s %s is of connection %q, not %q", ErrInvalid, what, id, has, want)
}
