package replay

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// longestLine is how long a line of a file may be: a body of 1 MiB, escaped, and what stands around it.
const longestLine = 8 << 20

// fileLine is an event in a file: what was understood of it, or its body.
type fileLine struct {
	ID         string            `json:"id"`
	Connection string            `json:"connection"`
	Source     string            `json:"source"`
	Topic      string            `json:"topic"`
	Headers    map[string]string `json:"headers"`
	Notice     *exchange.Notice  `json:"notice"`
	Body       json.RawMessage   `json:"body"` // JSON as it was posted, or a string that holds it
	Raw        string            `json:"raw"`
	RawBase64  []byte            `json:"raw_base64"`
}

// File reads events, one a line. All lines are read before any is used.
//
// Errors: *UnfitError, with what is wrong with each line.
func (r *Teller) File(ctx context.Context, name string, in io.Reader) ([]Telling, error) {
	var list []Telling
	var faults []string
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	n := 0
	for lines.Scan() {
		n++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		t, err := r.line(ctx, text)
		var book bookError
		if errors.As(err, &book) { // the same for every line
			return nil, book.error
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("line %d: %v", n, err))
			continue
		}
		list = append(list, t)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s after line %d: %w", name, n, err)
	}
	if faults != nil {
		return nil, unfit("%s cannot be replayed; nothing was:\n%s", name, strings.Join(faults, "\n"))
	}
	if len(list) == 0 {
		return nil, unfit("%s holds no events", name)
	}
	return list, nil
}

func (r *Teller) line(ctx context.Context, text []byte) (Telling, error) {
	var l fileLine
	if err := json.Unmarshal(text, &l); err != nil {
		return Telling{}, errors.New("is not an event in JSON") // err may quote the body
	}
	if l.Connection == "" {
		return Telling{}, errors.New("has no connection")
	}
	conn, err := r.Known(ctx, l.Connection)
	if err != nil {
		return Telling{}, err
	}
	if !slices.Contains(outside, l.Source) {
		return Telling{}, fmt.Errorf("source %q is none of %v", l.Source, outside)
	}
	n, err := r.read(conn, l)
	if err != nil {
		return Telling{}, err
	}
	handled, err := r.handled(ctx, conn, l.ID)
	if err != nil {
		return Telling{}, err
	}
	n, why := onceMore(n, handled)
	if why != "" {
		return Telling{}, unfit("%s", why)
	}
	return r.telling(conn, l.Source, l.ID, "", n)
}

// handled is the exchange that has heard the event of this id, if this store knows it.
func (r *Teller) handled(ctx context.Context, c exchange.Conn, id string) (exchange.ID, error) {
	if id == "" {
		return "", nil
	}
	found, _, err := r.Reads.Items(ctx, store.Query{Conn: c, IDs: []string{id}, Kinds: []store.Kind{store.Event}, States: []store.State{store.Done}, Limit: 1})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].Exchange, nil
}

// read is what a line tells.
func (r *Teller) read(conn exchange.Conn, l fileLine) (exchange.Notice, error) {
	if l.Notice != nil {
		n := *l.Notice
		if n.Event.Topic == "" {
			n.Event.Topic = l.Topic
		}
		n.Event.Read = nil // only a read of our own says what a peer has
		return n, fromOutside(n.Event)
	}
	body := l.body()
	if len(body) == 0 {
		return exchange.Notice{}, errors.New("has neither a notice nor a body")
	}
	topic := l.Topic
	for name, value := range l.Headers {
		if topic == "" && strings.EqualFold(name, "X-Shopify-Topic") {
			topic = value
		}
	}
	return r.decode(conn, l.Source, topic, body)
}

func (l fileLine) body() []byte {
	var text string
	switch {
	case l.Raw != "":
		return []byte(l.Raw)
	case len(l.RawBase64) > 0:
		return l.RawBase64
	case json.Unmarshal(l.Body, &text) == nil && text != "":
		return []byte(text)
	default:
		return l.Body
	}
}

// fromOutside refuses what only tradeback itself can know: outcomes, reads, times.
func fromOutside(ev exchange.Event) error {
	switch ev.Kind {
	case exchange.EventRequested:
		if ev.Request != nil {
			return nil
		}
	case exchange.EventHint: // its target may be given by what it is about
		return nil
	case exchange.EventPortal:
		if ev.Portal != nil {
			return nil
		}
	case exchange.EventCancel:
		if ev.Cancel != nil {
			return nil
		}
	case exchange.EventSaid: // said of it later
		return nil
	}
	return fmt.Errorf("an event of kind %q, as it stands, is nothing that anybody outside can tell", ev.Kind)
}
