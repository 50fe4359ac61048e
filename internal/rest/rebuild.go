package rest

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/replay"
)

// Rebuilt is what its journal makes of an exchange, and where that is not what is stored.
type Rebuilt struct {
	Exchange    *Exchange           `json:"exchange"` // as it was known; null: not even the first line can be taken
	At          *time.Time          `json:"at"`       // null: now
	Lines       int                 `json:"lines"`    // of the whole journal
	Agrees      bool                `json:"agrees"`   // the journal says what is stored
	Broken      string              `json:"broken"`   // why the journal cannot be folded to its end
	Differences []replay.Difference `json:"differences"`
	Otherwise   []Otherwise         `json:"otherwise"` // where the rules of now decide another way
}

// Otherwise is a line of a journal over which the rules of now decide another way.
type Otherwise struct {
	Version  uint64    `json:"version"`
	At       time.Time `json:"at"`
	Event    string    `json:"event"`
	EventID  string    `json:"event_id"`
	From     string    `json:"from"`
	Recorded Ruling    `json:"recorded"`
	Now      Ruling    `json:"now"`
	Refused  bool      `json:"refused"` // now
}

// Ruling is what followed from an event. Reads are left out.
type Ruling struct {
	To      string   `json:"to"`
	Rules   []string `json:"rules"`
	Acts    []string `json:"acts"` // by their ids
	Raised  []string `json:"raised"`
	Lowered []string `json:"lowered"`
}

// RebuiltView is r as it reads back. A zero at is now.
func RebuiltView(r *replay.Rebuilt, at time.Time) Rebuilt {
	v := Rebuilt{
		Lines: r.Read, Broken: r.Broken, Agrees: r.Broken == "" && len(r.Differences) == 0,
		Differences: append([]replay.Difference{}, r.Differences...), Otherwise: []Otherwise{},
	}
	if !at.IsZero() {
		v.At = &at
	}
	if r.Exchange.ID != "" {
		x := View(&r.Exchange, append([]exchange.Entry{}, r.Lines...))
		v.Exchange = &x
	}
	for _, o := range r.Otherwise {
		v.Otherwise = append(v.Otherwise, Otherwise{
			Version: o.Line.Version, At: o.Line.At, Event: eventName(o.Line.Event), EventID: o.Line.Event.ID, From: string(o.Line.From),
			Recorded: ruling(o.Line), Now: ruling(o.Now), Refused: o.Refused,
		})
	}
	return v
}

func ruling(e exchange.Entry) Ruling {
	return Ruling{To: string(e.To), Rules: orNone(e.Rules), Acts: replay.Acts(e), Raised: orNone(e.Raised), Lowered: orNone(e.Lowered)}
}

// rebuild handles GET /v1/exchanges/{id}/rebuild.
func (a *API) rebuild(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "at", "what_if")
	at, whatIf := f.time("at"), f.truth("what_if")
	if err := f.err(); err != nil {
		return err
	}
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	r, err := replay.Rebuild(c.UserContext(), a.store, *x, at, whatIf != nil && *whatIf)
	if err != nil {
		return err
	}
	return c.JSON(RebuiltView(&r, at))
}
