package sim_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestFaultsAreTakenInTurn(t *testing.T) {
	var f sim.Faults
	f.Add(sim.Fault{Match: "PUT /orders", Kind: sim.Slow, Skip: 1, Times: 2})
	f.Add(sim.Fault{Match: "*", Kind: sim.HTML, Times: -1})
	var got []string
	for _, call := range []string{"PUT /orders", "PUT /orders", "GET /orders", "PUT /orders", "PUT /orders"} {
		fault, ok := f.Take(call)
		if !ok {
			t.Fatalf("%s was not harmed", call)
		}
		got = append(got, fault.Kind)
	}
	want := "html slow html slow html"
	if strings.Join(got, " ") != want {
		t.Errorf("kinds = %v, want %s", got, want)
	}
	f.Clear()
	if _, ok := f.Take("GET /orders"); ok {
		t.Error("a call was harmed after Clear")
	}
}

func TestFaultWithoutTimesIsTakenOnce(t *testing.T) {
	var f sim.Faults
	f.Add(sim.Fault{Match: "order", Kind: sim.Throttle})
	_, first := f.Take("order")
	_, second := f.Take("order")
	if !first || second {
		t.Errorf("taken = %t, then %t; want once", first, second)
	}
}

func TestFaultValidate(t *testing.T) {
	cases := map[string]sim.Fault{
		"match is missing": {Kind: sim.Slow},
		"is not one of":    {Match: "*", Kind: "explode"},
		"is not between":   {Match: "*", Kind: sim.HTML, Status: 99},
		"count from 0":     {Match: "*", Kind: sim.Slow, DelayMS: -1},
	}
	for want, f := range cases {
		if err := f.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", f, err, want)
		}
	}
	if err := (sim.Fault{Match: "*", Kind: sim.Half}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestServeDoesTheHarmAskedFor(t *testing.T) {
	cases := []struct {
		kind   string
		acts   int32
		status int
		fails  error // while reading the answer
	}{
		{kind: sim.ErrorBefore, acts: 0, status: 500},
		{kind: sim.ErrorAfter, acts: 1, status: 500},
		{kind: sim.DropBefore, acts: 0, fails: io.EOF},
		{kind: sim.DropAfter, acts: 1, fails: io.EOF},
		{kind: sim.Half, acts: 1, status: 200, fails: io.ErrUnexpectedEOF},
		{kind: sim.Slow, acts: 1, status: 200},
		{kind: sim.SlowBefore, acts: 1, status: 200},
		{kind: sim.ActLate, acts: 0, fails: io.EOF},
		{kind: sim.HTML, acts: 0, status: 502},
		{kind: sim.Throttle, acts: 0, status: 429},
	}
	for _, c := range cases {
		t.Run(c.kind, func(t *testing.T) {
			var f sim.Faults
			fault := sim.Fault{Match: "call", Kind: c.kind, DelayMS: 1, RetryAfter: 7}
			if c.kind == sim.ActLate {
				fault.DelayMS = 0 // when it is told to
			}
			f.Add(fault)
			var acts atomic.Int32
			status, header, err := post(t, &f, func() sim.Reply {
				acts.Add(1)
				return sim.JSON(200, "long enough to be cut in half")
			})
			if !errors.Is(err, c.fails) {
				t.Errorf("error = %v, want %v", err, c.fails)
			}
			if status != c.status || acts.Load() != c.acts {
				t.Errorf("status %d, acted %d times; want %d, %d", status, acts.Load(), c.status, c.acts)
			}
			if c.kind == sim.Throttle && header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After = %q", header.Get("Retry-After"))
			}
			if c.kind == sim.HTML && !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
				t.Errorf("Content-Type = %q", header.Get("Content-Type"))
			}
		})
	}
}

func TestSlowBeforeActsAlsoWhenTheCallerIsGone(t *testing.T) {
	var f sim.Faults
	f.Add(sim.Fault{Match: "call", Kind: sim.SlowBefore, DelayMS: 60})
	acted := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Serve(w, r, "call", func() sim.Reply {
			close(acted)
			return sim.JSON(200, nil)
		})
	}))
	defer server.Close()
	client := &http.Client{Timeout: 20 * time.Millisecond}
	if resp, err := client.Post(server.URL, "application/json", nil); err == nil {
		resp.Body.Close()
		t.Fatal("the caller did not hang up")
	}
	select {
	case <-acted:
	case <-time.After(5 * time.Second):
		t.Error("nothing was done")
	}
}

func TestActLateActsOnceWhenTold(t *testing.T) {
	var f sim.Faults
	acts := make(chan struct{}, 10)
	late := func(delay int) {
		f.Add(sim.Fault{Match: "call", Kind: sim.ActLate, DelayMS: delay})
		if _, _, err := post(t, &f, func() sim.Reply { acts <- struct{}{}; return sim.JSON(200, nil) }); !errors.Is(err, io.EOF) {
			t.Errorf("error = %v, want EOF", err)
		}
	}
	late(0)
	if len(acts) != 0 {
		t.Error("it acted before it was told to")
	}
	if first, second := f.ActNow(), f.ActNow(); first != 1 || second != 0 || len(acts) != 1 {
		t.Errorf("acted %d, then %d", first, second)
	}
	<-acts
	late(1)
	select {
	case <-acts: // by itself
	case <-time.After(5 * time.Second):
		t.Error("nothing was done")
	}
	late(0)
	f.Reset()
	if n := f.ActNow(); n != 0 {
		t.Errorf("acted %d after a reset", n)
	}
}

// post calls a server that answers through f, and returns the status and what went wrong.
func post(t *testing.T, f *sim.Faults, act func() sim.Reply) (int, http.Header, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Serve(w, r, "call", act)
	}))
	defer server.Close()
	resp, err := http.Post(server.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, err
}
