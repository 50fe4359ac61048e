package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Peers serves an Ongoing and a Shopify that answer at once, from memory. They check nothing and ask nobody who
// they are: what a peer would say no to is the simulators' to tell. Their answers are as long as the
// simulators' are. It says on w where it listens, and ends with ctx.
//
// Each exchange has a number of ten digits, with which all its ids and numbers begin. What exists before it, a
// Shopify order with an open return of one line for another and the order in the warehouse, is there for every
// number. The second address takes commands, a line each, of a warehouse's staff: see (*peers).obey.
func Peers(ctx context.Context, w io.Writer) error {
	p := &peers{swaps: map[string]*swap{}}
	server := &fasthttp.Server{Handler: p.answer, NoDefaultServerHeader: true, NoDefaultDate: true}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	staff, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), l.Close())
	}
	err = json.NewEncoder(w).Encode(map[string]string{"listening": l.Addr().String(), "ops": staff.Addr().String()})
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(l) }()
	go func() { ended <- p.listen(staff) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = server.ShutdownWithContext(stop) // a connection that stays open is no fault
	return errors.Join(err, staff.Close())
}

// peers are both of them.
type peers struct {
	mu    sync.Mutex
	swaps map[string]*swap // by number
	calls int              // answered
	kept  int              // exchanges whose calls were kept
}

// Call is a call that an exchange made. One with a Command was made by nobody: it is what the warehouse's staff
// did at that point.
type Call struct {
	Command string `json:"command,omitempty"`
	Method  string `json:"method,omitempty"`
	URI     string `json:"uri,omitempty"`
	Body    []byte `json:"body,omitempty"`
}

// Of so many exchanges the calls are kept: of every fourth that begins, until there are enough.
const (
	keptMost  = 64
	keptEvery = 4
)

// digits is how long the number of an exchange is.
const digits = 10

// swap is what both peers know of one exchange. Its conditions are waited for.
type swap struct {
	n    string
	keep bool // the calls

	mu      sync.Mutex
	changed *sync.Cond
	calls   []Call

	exchange                                 string // our id, as the order carries it
	number                                   string // the order's
	returnNumber                             string
	status                                   int  // of the order; 0: not put yet
	put, back                                bool // the return order: it is there; its goods came back
	orderRead, returnRead                    bool // since they were last written
	processed, fulfilled, captured, disposed bool
}

// of finds the exchange with a number, which begins with it.
func (p *peers) of(n string) *swap {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.swaps[n]
	if s == nil {
		s = &swap{n: n, keep: len(p.swaps)%keptEvery == 0 && p.kept < keptMost}
		s.changed = sync.NewCond(&s.mu)
		if s.keep {
			p.kept++
		}
		p.swaps[n] = s
	}
	return s
}

// answer answers one call.
func (p *peers) answer(c *fasthttp.RequestCtx) {
	path := c.Path()
	c.SetContentType("application/json; charset=utf-8")
	if string(path) == "/recorded" {
		p.recorded(c)
		return
	}
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	var ok bool
	if bytes.HasSuffix(path, []byte("/graphql.json")) {
		ok = p.shopify(c)
	} else {
		_, rest, _ := bytes.Cut(path, []byte("/api/v1"))
		ok = p.ongoing(c, string(rest))
	}
	if !ok {
		c.Error("no such thing is known here: "+string(c.Method())+" "+string(path), fasthttp.StatusNotImplemented)
	}
}

// within does f with the exchange, and keeps the call if its calls are kept.
func (s *swap) within(c *fasthttp.RequestCtx, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keep {
		s.calls = append(s.calls, Call{Method: string(c.Method()), URI: string(c.RequestURI()), Body: bytes.Clone(c.PostBody())})
	}
	f()
	s.changed.Broadcast()
}

// Recorded is what the stand-ins have met.
type Recorded struct {
	Calls     int      `json:"calls"`
	Exchanges [][]Call `json:"exchanges"` // of some exchanges that have ended, all calls
	Numbers   []string `json:"numbers"`   // of those
}

func (p *peers) recorded(c *fasthttp.RequestCtx) {
	p.mu.Lock()
	out := Recorded{Calls: p.calls}
	var all []*swap
	for _, s := range p.swaps {
		if s.keep {
			all = append(all, s)
		}
	}
	p.mu.Unlock()
	for _, s := range all {
		s.mu.Lock()
		if s.settled() {
			out.Exchanges = append(out.Exchanges, s.calls)
			out.Numbers = append(out.Numbers, s.n)
		}
		s.mu.Unlock()
	}
	_ = json.NewEncoder(c).Encode(out) // to memory
}

func (s *swap) settled() bool { return s.fulfilled && s.captured && s.disposed }

// listen takes the staff's commands.
func (p *peers) listen(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			for in := bufio.NewScanner(conn); in.Scan(); {
				word, n, _ := bytes.Cut(in.Bytes(), []byte(" "))
				p.obey(string(word), string(n))
				if _, err := conn.Write([]byte("\n")); err != nil {
					return
				}
			}
		}()
	}
}

// obey does what staff do, as soon as it can be done:
//
//	receive N  books in what comes back, once both orders were placed
//	marked N   waits until the order is marked as Returned
//	ship N     sends the order, once it is released
//	settled N  waits until all is done in Shopify
func (p *peers) obey(word, n string) {
	s := p.of(n)
	s.mu.Lock()
	defer s.mu.Unlock()
	can := map[string]func() bool{
		"receive": func() bool { return s.put && s.returnRead && s.status == open && s.orderRead },
		"marked":  func() bool { return s.status == returned && s.orderRead },
		"ship":    func() bool { return s.status == released && s.orderRead },
		"settled": s.settled,
	}[word]
	if can == nil {
		return
	}
	for !can() {
		s.changed.Wait()
	}
	switch word {
	case "receive":
		s.back = true
	case "ship":
		s.status = sent
	default:
		return
	}
	if s.keep {
		s.calls = append(s.calls, Call{Command: word})
	}
}

// numberIn is the number of the exchange that an id or a name begins with.
func numberIn(text string) (string, bool) {
	if len(text) < digits {
		return "", false
	}
	if _, err := strconv.ParseUint(text[:digits], 10, 64); err != nil {
		return "", false
	}
	return text[:digits], true
}
