package bench

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Reference serves the handler that ingest is measured against: the raw body, the token's digest compared in
// constant time, 200. It keeps nothing. It says on w where it listens, and ends with ctx.
//
// It is pinned: figures of different days are compared, so leave it as it is.
func Reference(ctx context.Context, w io.Writer) error {
	want := sha256.Sum256([]byte(Token))
	app := fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: 1 << 20})
	app.Post("/webhooks/ongoing/:connection", func(c *fiber.Ctx) error {
		got := sha256.Sum256(c.Request().Header.Peek("X-Auth-Token"))
		if len(c.BodyRaw()) == 0 || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return c.SendStatus(fiber.StatusUnauthorized)
		}
		return c.SendStatus(fiber.StatusOK)
	})
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := json.NewEncoder(w).Encode(map[string]string{"listening": l.Addr().String()}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return app.ShutdownWithTimeout(time.Second)
	}
}
