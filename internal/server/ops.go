package server

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyWithin is how long the answer of /readyz may take.
const readyWithin = 2 * time.Second

// runOps serves machines on a listener of their own, and gives the way to stop it. It goes on while the
// others end, so that a draining server can be watched.
func (s *Server) runOps(ended chan<- error) (stop func() error) {
	l := wrap(s.o.Ops)
	app := s.opsApp()
	go func() { ended <- app.Listener(l) }()
	return func() error {
		<-l.accepting
		return app.ShutdownWithTimeout(time.Second)
	}
}

// opsApp answers /healthz while the process lives, /readyz while it can serve, and /metrics.
func (s *Server) opsApp() *fiber.App {
	app := fiber.New(fiber.Config{
		AppName: "tradeback ops", BodyLimit: 1 << 10, DisableStartupMessage: true, ErrorHandler: s.fail,
		ReadTimeout: s.o.ReadTimeout, WriteTimeout: s.o.WriteTimeout, IdleTimeout: s.o.IdleTimeout, Concurrency: 256,
	})
	app.Server().CloseOnShutdown = true
	app.Use(s.rescue, func(c *fiber.Ctx) error {
		secure(c)
		return c.Next()
	})
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) })
	app.Get("/readyz", s.ready)
	if s.o.Metrics != nil {
		app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(s.o.Metrics.Registry, promhttp.HandlerOpts{})))
	}
	s.refuseOtherMethods(app)
	return app
}

// ready answers 200 if requests can be served, else 503 with why.
func (s *Server) ready(c *fiber.Ctx) error {
	why := ""
	if s.Closing() {
		why = "stopping"
	} else if s.o.Ready != nil {
		ctx, cancel := context.WithTimeout(c.UserContext(), readyWithin)
		defer cancel()
		if err := s.o.Ready(ctx); err != nil {
			why = err.Error()
		}
	}
	if why != "" {
		return c.Status(fiber.StatusServiceUnavailable).JSON(fiber.Map{"status": "not ready", "reason": why})
	}
	return c.JSON(fiber.Map{"status": "ready"})
}
