// Package portal reads the events of a return portal: what happened to a return, and to the parcel that
// brings it back.
package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/strictjson"
)

// Source is how events of the portal are marked.
const Source = "portal"

// Fields are JSON pointers into an event. Those that are empty are not looked for.
type Fields struct {
	ID        string // the portal's own id of the event
	Event     string // its name
	At        string // when it happened, RFC 3339 or seconds since 1970
	Return    string // Shopify's return: a gid, or its number
	Reference string // the portal's own name of the return
	Tracking  string // the tracking number of the return parcel
}

// DefaultFields is where an event has things unless the merchant says otherwise.
var DefaultFields = Fields{
	ID: "/id", Event: "/event", At: "/created_at", Return: "/data/shopify_return_id",
	Reference: "/data/return_id", Tracking: "/data/tracking_number",
}

// names are the events that mean something to an exchange; true for those that may ask for one.
var names = map[string]bool{
	"return.created":              true,
	"return.completed":            true,
	"return.processed":            false,
	"return.canceled":             false,
	"return.paused":               false,
	"return.resumed":              false,
	"return.closed":               false,
	"return.instant_exchange":     false,
	"return.reset":                false,
	"return.label_generated":      false,
	"return.auto_close_initiated": false,
	"return.auto_close_cancelled": false,
	"return.auto_close_completed": false,
	"return.auto_close_failed":    false,
	"shipment.event.in_transit":   false,
	"shipment.event.delivered":    false,
}

// meant is the name in names that another one stands for: portals spell "cancelled" either way, and a return that is
// opened again starts anew as one that is reset does.
var meant = map[string]string{
	"return.cancelled":           "return.canceled",
	"return.auto_close_canceled": "return.auto_close_cancelled",
	"return.reopened":            "return.reset",
}

// Decode reads an event of the portal: whom it may be about, and the key under which it is kept once. The
// key is empty where the event has neither an id nor a time: then it cannot be told from a new one.
// An event of an unknown name names nobody, so that it is kept and ignored.
//
// Errors: *strictjson.Error; any other when the body is no object, has no event name, or has something of
// the wrong type.
func Decode(body []byte, f Fields) (n exchange.Notice, dedupe string, err error) {
	if err := strictjson.Check(body); err != nil {
		return n, "", fmt.Errorf("portal event: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		return n, "", errors.New("portal event: the body is no object")
	}
	ev := exchange.PortalEvent{}
	var id string
	var errs [6]error
	id, errs[0] = text(doc, f.ID)
	ev.Name, errs[1] = text(doc, f.Event)
	ev.At, errs[2] = instant(doc, f.At)
	ev.ReturnID, errs[3] = returnGID(doc, f.Return)
	ev.Reference, errs[4] = text(doc, f.Reference)
	ev.Tracking, errs[5] = text(doc, f.Tracking)
	if ev.Name == "" && errs[1] == nil {
		errs[1] = fmt.Errorf("%s: no event name", f.Event)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return n, "", fmt.Errorf("portal event: %w", err)
	}
	return notice(ev), key(id, ev.At, body), nil
}

// notice says whom the event may be about.
func notice(ev exchange.PortalEvent) exchange.Notice {
	n := exchange.Notice{Event: exchange.Event{
		Kind: exchange.EventPortal, Source: Source, Topic: ev.Name, Portal: &ev,
	}}
	if name, ok := meant[ev.Name]; ok {
		ev.Name = name
	}
	asks, known := names[ev.Name]
	if !known {
		return n
	}
	if ev.Reference != "" {
		ref := exchange.RefReference(ev.Reference)
		n.About = append(n.About, exchange.About{Ref: ref})
		n.Park = ref.Name
	}
	if ev.ReturnID != "" {
		ref := exchange.RefReturn(ev.ReturnID)
		n.About = append(n.About, exchange.About{Ref: ref})
		n.Park = ref.Name
		if asks {
			n.Create = &exchange.Request{ReturnID: ev.ReturnID, Reference: ev.Reference}
		}
	}
	return n
}

// key is the portal's id, or the body itself if its time tells it from others that read alike.
func key(id string, at time.Time, body []byte) string {
	if id != "" && id != "0" {
		return "id:" + id
	}
	if at.IsZero() {
		return ""
	}
	sum := sha256.Sum256(body)
	return "body:" + hex.EncodeToString(sum[:])
}

// text reads a string, or a number as it is written. Absent and null are empty.
func text(doc map[string]any, pointer string) (string, error) {
	if pointer == "" {
		return "", nil
	}
	switch v := at(doc, pointer).(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	default:
		return "", fmt.Errorf("%s: neither text nor a number", pointer)
	}
}

// instant reads a time. Absent, null and empty are the zero time.
func instant(doc map[string]any, pointer string) (time.Time, error) {
	s, err := text(doc, pointer)
	if err != nil || s == "" {
		return time.Time{}, err
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && seconds > 0 && seconds < 1<<33 {
		return time.Unix(seconds, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if t = t.UTC(); err != nil || t.Year() < 1970 || t.Year() > 2261 { // what goes beyond cannot be kept
		return time.Time{}, fmt.Errorf("%s: not a time in RFC 3339, from 1970 to 2261", pointer)
	}
	return t, nil
}

var (
	bareID = regexp.MustCompile(`^[1-9][0-9]{0,19}$`)
	gid    = regexp.MustCompile(`^gid://shopify/Return/[1-9][0-9]{0,19}$`)
)

// returnGID reads Shopify's return: a gid, or the number in it. Absent, null, empty and 0 are none.
func returnGID(doc map[string]any, pointer string) (string, error) {
	s, err := text(doc, pointer)
	switch {
	case err != nil || s == "" || s == "0":
		return "", err
	case gid.MatchString(s):
		return s, nil
	case bareID.MatchString(s):
		return "gid://shopify/Return/" + s, nil
	default:
		return "", fmt.Errorf("%s: not a Shopify return", pointer)
	}
}
