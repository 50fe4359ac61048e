package sim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// A Reply is a whole answer, ready to be written or to be harmed.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON returns a reply of this status with v as its body.
func JSON(status int, v any) Reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own types come here
	}
	return Reply{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: body}
}

// Serve answers one call through act, or does the harm that was asked for this call.
//
// The caller has read the request's body before: act may run after the other side has hung up, and must
// not depend on the request's context.
func (f *Faults) Serve(w http.ResponseWriter, r *http.Request, call string, act func() Reply) {
	fault, harmed := f.Take(call)
	if !harmed {
		act().write(w)
		return
	}
	wait := time.Duration(fault.DelayMS) * time.Millisecond
	switch fault.Kind {
	case ErrorBefore:
		f.failed(fault).write(w)
	case ErrorAfter:
		act()
		f.failed(fault).write(w)
	case DropBefore:
		hangUp(w)
	case DropAfter:
		act()
		hangUp(w)
	case Half:
		act().writeHalf(w)
	case Slow:
		reply := act()
		select {
		case <-time.After(wait):
			reply.write(w)
		case <-r.Context().Done(): // it is done already, and nobody listens
		}
	case SlowBefore:
		time.Sleep(wait)
		act().write(w)
	case ActLate:
		f.late.keep(act, wait)
		hangUp(w)
	case HTML:
		page := "<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Something went wrong</h1></body></html>"
		Reply{
			Status: cmp.Or(fault.Status, http.StatusBadGateway),
			Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
			Body:   []byte(page),
		}.write(w)
	case Throttle:
		f.throttled(fault).write(w)
	}
}

func (f *Faults) failed(fault Fault) Reply {
	if f.Failed != nil {
		return f.Failed(fault)
	}
	return JSON(cmp.Or(fault.Status, http.StatusInternalServerError), map[string]string{"error": "a fault was asked for"})
}

func (f *Faults) throttled(fault Fault) Reply {
	if f.Throttled != nil {
		return f.Throttled(fault)
	}
	reply := JSON(cmp.Or(fault.Status, http.StatusTooManyRequests), map[string]string{"error": "too many calls"})
	if fault.RetryAfter > 0 {
		reply.Header.Set("Retry-After", strconv.Itoa(fault.RetryAfter))
	}
	return reply
}

func (p Reply) write(w http.ResponseWriter) {
	p.head(w)
	_, _ = w.Write(p.Body) // the other side may be gone
}

func (p Reply) writeHalf(w http.ResponseWriter) {
	p.head(w)
	_, _ = w.Write(p.Body[:len(p.Body)/2])
	_ = http.NewResponseController(w).Flush()
	hangUp(w)
}

func (p Reply) head(w http.ResponseWriter) {
	for name, values := range p.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(p.Body)))
	w.WriteHeader(p.Status)
}

// hangUp closes the connection as it is. Where it cannot be taken over, the server is told to cut it.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close()
}
