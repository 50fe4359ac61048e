package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Control is the door under /control/ by which a test or a demo steers a simulator. It is not subject to
// faults. Every simulator has these routes and adds its own with Handle:
//
//	POST   /control/faults      one Fault or an array of them
//	DELETE /control/faults      ends all faults, those by chance too
//	POST   /control/chance      Chance: calls and webhooks are harmed by chance from now on; {} ends that
//	POST   /control/acts        does the calls that the fault act_late keeps back: {"acted": n}
//	GET    /control/ledger      what truly happened
//	POST   /control/webhooks    {"hooks": …, "modes": Modes}, either may be left out; or bare hooks in an array
//	POST   /control/flush       sends what is held: {"flushed": n}
//	GET    /control/deliveries  an array of Record
//	POST   /control/settled     answers when no webhook waits for its turn or for a retry
//	POST   /control/reset       back to the beginning
//
// Answers are JSON; {"ok": true} where there is nothing to say, {"error": "…"} on a refusal.
type Control struct {
	Faults  *Faults
	Courier *Courier
	Ledger  func() any                  // what GET /control/ledger answers
	Hooks   func(json.RawMessage) error // registers webhooks; the shape is the simulator's own
	Reset   func()                      // forgets the simulator's own state

	mux http.ServeMux
}

// Mount sets up the routes that every simulator has. It is called once, before the first request.
func (c *Control) Mount() {
	c.Handle("POST /control/faults", c.addFaults)
	c.Handle("DELETE /control/faults", func(*http.Request) (any, error) {
		c.Faults.Clear()
		c.Courier.SetChance(Chance{})
		return nil, nil
	})
	c.Handle("POST /control/chance", c.setChance)
	c.Handle("POST /control/acts", func(*http.Request) (any, error) {
		return map[string]int{"acted": c.Faults.ActNow()}, nil
	})
	c.Handle("GET /control/ledger", func(*http.Request) (any, error) { return c.Ledger(), nil })
	c.Handle("POST /control/webhooks", c.setWebhooks)
	c.Handle("POST /control/flush", func(*http.Request) (any, error) {
		return map[string]int{"flushed": c.Courier.Flush()}, nil
	})
	c.Handle("GET /control/deliveries", func(*http.Request) (any, error) { return c.Courier.Records(), nil })
	c.Handle("POST /control/settled", func(r *http.Request) (any, error) { return nil, c.Courier.Settled(r.Context()) })
	c.Handle("POST /control/reset", func(*http.Request) (any, error) {
		c.Faults.Reset()
		c.Courier.Reset()
		c.Reset()
		return nil, nil
	})
	c.mux.HandleFunc("/control/", func(w http.ResponseWriter, r *http.Request) {
		say(w, http.StatusNotFound, map[string]string{"error": "no such control: " + r.Method + " " + r.URL.Path})
	})
}

// Handle adds a route. A path segment such as {number} is unescaped: r.PathValue gives "#1001-EX1" for
// %231001-EX1. What act returns becomes the answer; see refuse for errors with a status of their own.
func (c *Control) Handle(pattern string, act func(*http.Request) (any, error)) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		answer, err := act(r)
		var no *refusal
		switch {
		case errors.As(err, &no):
			say(w, no.status, map[string]string{"error": no.text})
		case err != nil:
			say(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		case answer == nil:
			say(w, http.StatusOK, map[string]bool{"ok": true})
		default:
			say(w, http.StatusOK, answer)
		}
	})
}

// say answers with a line of JSON: a person at a terminal reads it.
func say(w http.ResponseWriter, status int, v any) {
	r := JSON(status, v)
	r.Body = append(r.Body, '\n')
	r.write(w)
}

// ServeHTTP answers a request under /control/.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mux.ServeHTTP(w, r)
}

func (c *Control) addFaults(r *http.Request) (any, error) {
	faults, err := oneOrMany[Fault](r)
	if err != nil {
		return nil, err
	}
	for _, f := range faults {
		if err := f.Validate(); err != nil {
			return nil, err
		}
	}
	for _, f := range faults {
		c.Faults.Add(f)
	}
	return map[string]int{"added": len(faults)}, nil
}

func (c *Control) setChance(r *http.Request) (any, error) {
	var chance Chance
	if err := decode(r, &chance); err != nil {
		return nil, err
	}
	if err := chance.Validate(); err != nil {
		return nil, err
	}
	c.Faults.Draw(chance)
	c.Courier.SetChance(chance)
	return nil, nil
}

func (c *Control) setWebhooks(r *http.Request) (any, error) {
	var raw json.RawMessage
	if err := decode(r, &raw); err != nil {
		return nil, err
	}
	set := struct {
		Hooks json.RawMessage `json:"hooks"`
		Modes *Modes          `json:"modes"`
	}{Hooks: raw}
	if !isArray(raw) {
		set.Hooks = nil
		if err := strict(raw, &set); err != nil {
			return nil, err
		}
	}
	if set.Hooks != nil {
		if err := c.Hooks(set.Hooks); err != nil {
			return nil, err
		}
	}
	if set.Modes != nil {
		c.Courier.SetModes(*set.Modes)
	}
	return nil, nil
}

// A refusal is an error with a status of its own.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// refuse returns an error that answers with this status.
func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// decode reads the request's JSON body into v. Unknown members are errors, an empty body is {}.
func decode(r *http.Request, v any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	return strict(body, v)
}
