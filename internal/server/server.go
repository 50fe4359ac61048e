// Package server is the web server: it puts the doors, the API and the console behind one listener, with
// the guards that all of them share, and turns every error into a status code in one place.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/limit"
)

// MaxBody is how many bytes a request's body may have: 1 MiB.
const MaxBody = 1 << 20

// Part is something that is served: the doors, the API, the console.
type Part interface{ Mount(r fiber.Router) }

// Options are the server's settings. Zero values mean what stands beside them.
type Options struct {
	Listener net.Listener // for everybody
	Ops      net.Listener // for machines: /healthz, /readyz, /metrics; nil: none
	Log      zerolog.Logger
	Metrics  *Metrics
	Now      func() time.Time
	// Ready says why requests cannot be served now, such as a store that does not answer. Nil: always ready.
	Ready func(context.Context) error

	Rate           limit.Rate     // of one client address, before anybody is authenticated; zero: no limit
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	ReadTimeout    time.Duration  // for header and body of a request; 10 s
	WriteTimeout   time.Duration  // for the client to take an answer; 30 s
	IdleTimeout    time.Duration  // between the requests of a connection; 60 s
	Grace          time.Duration  // to end the requests at hand when stopping; 15 s
	Concurrency    int            // connections at a time; 16,384
}

// DefaultRate is what one client address may ask, generous enough for a warehouse behind one address.
var DefaultRate = limit.Rate{PerSecond: 200, Burst: 400}

// Server answers requests.
type Server struct {
	o       Options
	app     *fiber.App
	sources *limit.Limiter[netip.Addr]
	closing atomic.Bool
}

// New is a server of parts. It listens on nothing before Run.
func New(o Options, parts ...Part) *Server {
	o.ReadTimeout = or(o.ReadTimeout, 10*time.Second)
	o.WriteTimeout = or(o.WriteTimeout, 30*time.Second)
	o.IdleTimeout = or(o.IdleTimeout, time.Minute)
	o.Grace = or(o.Grace, 15*time.Second)
	o.Concurrency = or(o.Concurrency, 16384)
	s := &Server{o: o, sources: limit.New[netip.Addr](o.Rate, 0)}
	s.app = fiber.New(fiber.Config{
		AppName:                      "tradeback",
		BodyLimit:                    MaxBody,
		CaseSensitive:                true,
		Concurrency:                  o.Concurrency,
		DisablePreParseMultipartForm: true,
		DisableStartupMessage:        true,
		ErrorHandler:                 s.fail,
		IdleTimeout:                  o.IdleTimeout,
		ReadBufferSize:               8 << 10, // a request's headers must fit
		ReadTimeout:                  o.ReadTimeout,
		StrictRouting:                true,
		WriteTimeout:                 o.WriteTimeout,
	})
	s.app.Server().CloseOnShutdown = true
	s.app.Use(s.observe, s.rescue, checkFraming, s.limitSource)
	for _, p := range parts {
		p.Mount(s.app)
	}
	s.refuseOtherMethods(s.app)
	return s
}

// App is the fiber app, for those who list its routes.
func (s *Server) App() *fiber.App { return s.app }

// Run serves until ctx ends, then lets the requests at hand end, at most for Options.Grace.
//
// Errors: when the listeners fail, or requests were still running at the end.
func (s *Server) Run(ctx context.Context) error {
	public := wrap(s.o.Listener)
	ended := make(chan error, 2)
	go func() { ended <- s.app.Listener(public) }()
	stopOps := func() error { return nil }
	if s.o.Ops != nil {
		stopOps = s.runOps(ended)
	}
	var failed error
	select {
	case <-ctx.Done():
		// A shutdown before the server listens would be forgotten by it.
		select {
		case <-public.accepting:
		case failed = <-ended:
		}
	case failed = <-ended:
	}
	s.closing.Store(true)
	err := s.app.ShutdownWithTimeout(s.o.Grace)
	if err != nil {
		err = fmt.Errorf("end requests at hand: %w", err)
	}
	if failed != nil {
		failed = fmt.Errorf("serve: %w", failed)
	}
	return errors.Join(failed, err, stopOps())
}

// Closing reports whether the server takes no more requests: who waits for something should stop.
func (s *Server) Closing() bool { return s.closing.Load() }

func or[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
