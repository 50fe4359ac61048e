// Package audit says who did what: every action of a person or an API key leaves an entry, written in the same commit
// as the action. The entries of a connection, and those of what belongs to none (connections, keys), are a chain each:
// see store.Head. An entry holds ids, numbers, settings and amounts; no secret, and no free text but names.
package audit

import (
	"encoding/json"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Actor is who acts.
type Actor struct {
	By   string `json:"by"`             // person, api, process
	Name string `json:"name"`           // the person's, as given; the key's; the process's
	User string `json:"user,omitempty"` // of a person: who is logged in to the system, where that is another name
	Key  string `json:"key,omitempty"`  // of an API key: its id
}

// Person is somebody at the command line, logged in as user. Name is who they say they are; empty: the user.
func Person(name, user string) Actor {
	switch name {
	case "", user:
		return Actor{By: "person", Name: user}
	}
	return Actor{By: "person", Name: name, User: user}
}

// APIKey is a caller of the API.
func APIKey(id, name string) Actor { return Actor{By: "api", Name: name, Key: id} }

// Process is a process that does what it was started with: serve, with --connections or --replay.
func Process(name string) Actor { return Actor{By: "process", Name: name} }

// Change is something that an action changes. After is what was asked for.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"` // empty: there was none
	After  string `json:"after"`  // empty: there is none any more
}

// Entry is what is kept of an action. Where it is carried out later, by an event, the journal has what came of it
// under the event's id.
type Entry struct {
	At time.Time `json:"at"`
	Actor
	Action     string        `json:"action"`               // exchanges.cancel, keys.create, …
	Connection exchange.Conn `json:"connection,omitempty"` // of what is acted on; empty: it belongs to none
	Target     string        `json:"target"`               // what is acted on: an exchange's id, a key's, a connection's name
	Event      string        `json:"event,omitempty"`      // that carries it out
	Changes    []Change      `json:"changes,omitempty"`
}

// Line is the entry as the store writes it.
func (e Entry) Line() []byte {
	e.At = e.At.UTC().Round(0)
	line, err := json.Marshal(e)
	if err != nil {
		panic("audit: " + err.Error()) // of texts and a time, and a year that no clock shows
	}
	return line
}

// Marked is the item of an event with the entry that goes with it. Its action is the event's topic unless e says
// another.
func Marked(it store.Item, e Entry) store.Item {
	e.At, e.Connection, e.Event = it.Received, it.Conn, it.ID
	if e.Action == "" {
		e.Action = it.Topic
	}
	it.Line = e.Line()
	return it
}
