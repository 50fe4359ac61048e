package rest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// rotator notes what it was asked for.
type rotator struct {
	who audit.Actor
	how connection.Rotation
	err error
}

func (r *rotator) Token(_ context.Context, name exchange.Conn, how connection.Rotation, who audit.Actor) (connection.Connection, string, error) {
	if name != "nordwear" {
		return connection.Connection{}, "", store.ErrNotFound
	}
	r.how, r.who = how, who
	c := connection.Connection{Name: "nordwear"}
	c.Ongoing.WebhookTokens = make(connection.Tokens, 2)
	return c, "a-new-token", r.err
}

func (r *rotator) Key(_ context.Context, id string, how connection.Rotation, who audit.Actor) (made, older connection.Key, plaintext string, err error) {
	r.how, r.who = how, who
	made = connection.Key{ID: "key_2", Name: "app", Scopes: []connection.Scope{connection.ScopeRead}}
	return made, connection.Key{ID: id, Expires: time.Now()}, "tb_new", r.err
}

func TestAdminsExamineAndRotate(t *testing.T) {
	rotate := &rotator{}
	h := open(t, false, func(o *rest.Options) {
		o.Rotate = rotate
		o.Doctor = func(_ context.Context, c exchange.Conn) ([]doctor.Check, error) {
			if c != "nordwear" {
				return nil, store.ErrNotFound
			}
			return []doctor.Check{{Connection: c, Name: "ongoing.credentials", State: doctor.Fault, Evidence: "refused", Remedy: "mend"}, {Name: "payment", State: doctor.OK}}, nil
		}
	})
	admin := h.book.key(t, "admin", connection.ScopeAdmin)
	const examine, token, key = "/v1/connections/nordwear/doctor", "/v1/connections/nordwear/webhook-token/rotate", "/v1/keys/key_1/rotate"
	h.ask("GET", examine, "", h.writer).want(403)
	got := into[rest.Diagnosis](h.ask("GET", examine, "", admin).want(200))
	if got.State != doctor.Fault || len(got.Checks) != 2 || got.Checks[0].Name != "ongoing.credentials" {
		t.Errorf("found %+v", got)
	}
	h.ask("GET", strings.Replace(examine, "nordwear", "other", 1), "", admin).want(404)

	for _, path := range []string{token, key} {
		h.ask("POST", path, `{}`, h.writer).want(403)
		made := h.ask("POST", path, `{}`, admin).want(200)
		if rotate.how != (connection.Rotation{Keep: 7 * 24 * time.Hour, Grace: time.Hour}) || !strings.Contains(made.body, "new") || made.headers.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: asked for %+v, answered %s", path, rotate.how, made.body)
		}
		h.ask("POST", path, `{"keep_seconds": 0, "grace_seconds": 60}`, admin).want(200)
		if rotate.how != (connection.Rotation{Grace: time.Minute}) {
			t.Errorf("%s: asked for %+v", path, rotate.how)
		}
		if rotate.who.By != "api" || rotate.who.Name != "admin" || rotate.who.Key == "" {
			t.Errorf("%s: by %+v", path, rotate.who)
		}
		h.ask("POST", path, `{"keep_seconds": -1}`, admin).want(422)
	}
	h.ask("POST", strings.Replace(token, "nordwear", "other", 1), `{}`, admin).want(404)
	for code, err := range map[string]error{
		"rotation_under_way": &connection.SlotsError{Connection: "nordwear"}, "key_ended": &connection.EndedError{ID: "key_1"}, "changed_meanwhile": store.ErrConflict,
	} {
		rotate.err = err
		if p := into[problem](h.ask("POST", token, `{}`, admin).want(409)); !strings.HasSuffix(p.Type, code) {
			t.Errorf("%v: %s", err, p.Type)
		}
	}
}
