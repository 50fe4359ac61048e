package sim

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// An ongoingCall is one call of the API, authenticated and checked against the document.
type ongoingCall struct {
	name   string
	params map[string]string
	query  url.Values
	body   map[string]any // numbers are json.Number
	user   *apiUser
	now    time.Time
}

func (c *ongoingCall) owner() *goodsOwner { return c.user.owner }

// param returns a path parameter that the document says is a number.
func (c *ongoingCall) param(name string) int {
	n, _ := strconv.Atoi(c.params[name])
	return n
}

// number returns a member of the body that the document says is a number, 0 if it is not there.
func (c *ongoingCall) number(name string) int {
	n, _ := c.body[name].(json.Number)
	i, _ := strconv.Atoi(n.String())
	return i
}

// An ongoingAct does a call while the system is locked, and returns the answer with its status, or a *no.
type ongoingAct func(o *Ongoing, c *ongoingCall) (int, any, error)

// serveAPI answers a request under /{system}/api/v1: find the call, read it, and let faults happen to it.
func (o *Ongoing) serveAPI(w http.ResponseWriter, r *http.Request) {
	path, ours := strings.CutPrefix(r.URL.Path, "/"+o.options.System+apiPrefix)
	call, params := o.contract.match(r.Method, path)
	if !ours || call == nil {
		failure(http.StatusNotFound, "No HTTP resource was found that matches the request URI.").write(w)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		failure(http.StatusBadRequest, "The request could not be read.").write(w)
		return
	}
	name, password, _ := r.BasicAuth()
	o.mu.Lock()
	user, hangs := o.stock.user(name, password), o.switches.ParallelHangs
	o.mu.Unlock()
	lane := ""
	if user != nil {
		lane = strconv.Itoa(user.owner.id)
	}
	flight := o.tally.begin(call.name, lane)
	answered := func() { o.tally.end(flight, true) }
	defer answered()
	defer context.AfterFunc(r.Context(), func() { o.tally.end(flight, false) })()
	if hangs && lane != "" && o.tally.InFlight(lane) > 1 {
		hang(w, r)
		return
	}
	o.Faults.Serve(&countedWriter{w, answered}, r, call.name, func() Reply {
		return o.answer(r, call, params, body, user)
	})
}

// answer does what is asked for, or says why not.
func (o *Ongoing) answer(r *http.Request, call *documentedCall, params map[string]string, body []byte, user *apiUser) Reply {
	name, _, _ := r.BasicAuth()
	now := o.options.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.limits.exceeded(&o.switches, call.name, name, now) {
		return o.tooMany()
	}
	reply, input := o.act(r, call, params, body, user, now)
	o.limits.count(&o.switches, call.name, name, now, reply.Status >= 400)
	if input != nil && o.options.OnBadAnswer != nil {
		if err := o.contract.checkReply(input, reply); err != nil {
			o.options.OnBadAnswer(call.name, err)
		}
	}
	return reply
}

func (o *Ongoing) act(r *http.Request, call *documentedCall, params map[string]string, body []byte, user *apiUser, now time.Time) (Reply, *openapi3filter.RequestValidationInput) {
	if user == nil {
		o.stock.unauthorized++
		reply := failure(http.StatusUnauthorized, "Authorization has been denied for this request.")
		reply.Header.Set("WWW-Authenticate", "Basic")
		return reply, nil
	}
	act, ok := ongoingActs[call.name]
	if !ok {
		return failure(http.StatusNotImplemented, "The simulator does not know "+call.name+"."), nil
	}
	input, err := o.contract.checkRequest(r, call, params, body)
	if err != nil {
		return invalid(err), nil
	}
	c := &ongoingCall{name: call.name, params: params, query: r.URL.Query(), user: user, now: now}
	if len(body) > 0 {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&c.body); err != nil {
			return invalid(err), nil
		}
	}
	if err := c.ownGoodsOwner(); err != nil {
		return o.refused(c, err), input
	}
	status, answer, err := act(o, c)
	if err != nil {
		return o.refused(c, err), input
	}
	return JSON(status, answer), input
}

// ownGoodsOwner refuses a goods owner that the user does not belong to.
func (c *ongoingCall) ownGoodsOwner() error {
	asked := cmp.Or(c.query.Get("goodsOwnerId"), strconv.Itoa(c.number("goodsOwnerId")))
	if asked != "0" && asked != strconv.Itoa(c.owner().id) {
		return &no{text: "GoodsOwnerId " + asked + " does not belong to the user."}
	}
	return nil
}

func (o *Ongoing) refused(c *ongoingCall, err error) Reply {
	var not *no
	if !errors.As(err, &not) {
		return failure(http.StatusBadRequest, err.Error())
	}
	return o.refusal(c, not)
}

// hang leaves a call without an answer, as the vendor says that parallel calls end.
func hang(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
	}
	hangUp(w)
}

// A countedWriter ends the counting of a call before its answer leaves, so that the caller's next call is
// never beside it.
type countedWriter struct {
	http.ResponseWriter
	answered func()
}

func (c *countedWriter) WriteHeader(status int) {
	c.answered()
	c.ResponseWriter.WriteHeader(status)
}

func (c *countedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c.answered()
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

func (c *countedWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
