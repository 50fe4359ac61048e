package replay

import (
	"errors"
	"fmt"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/portal"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/store"
)

// bookError is why settings cannot be had: the same for every body.
type bookError struct{ error }

func (e bookError) Unwrap() error { return e.error }

// settled reports whether an error is of the settings rather than of a body.
func settled(err error) bool {
	var book bookError
	return errors.As(err, &book) || errors.Is(err, store.ErrNotFound)
}

// decode reads a body as its door does.
func (r *Teller) decode(c exchange.Conn, source, topic string, body []byte) (n exchange.Notice, err error) {
	book, err := r.Book()
	if err != nil {
		return n, bookError{err}
	}
	conn, ok := book.Get(c)
	if !ok {
		return n, fmt.Errorf("%w: there is no connection %s that can be opened", store.ErrNotFound, c)
	}
	switch source {
	case "ongoing":
		n, _, err = ongoing.Decode(body, conn.Ongoing.GoodsOwnerID)
	case "portal":
		fields := connection.PortalFields(portal.DefaultFields)
		if conn.Portal != nil {
			fields = conn.Portal.Fields
		}
		n, _, err = portal.Decode(body, portal.Fields(fields))
	case "shopify":
		if topic == "" {
			return n, errors.New("a body of Shopify's does not say its topic")
		}
		n, err = shopify.Decode(topic, "", body)
	default:
		return n, fmt.Errorf("bodies come from ongoing, portal or shopify, not from %q", source)
	}
	n.Event.Source = source
	return n, err
}
