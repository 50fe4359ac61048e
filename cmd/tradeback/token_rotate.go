package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func newTokenRotate(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "rotate {ID | --connection NAME}", Short: "Replace an API key or a webhook token, with both good for a while", Args: cobra.MaximumNArgs(1),
		Long: `Replace an API key, or the token with which Ongoing's webhooks of a connection come. The new one is shown this
once: only its hash is kept. A serve that runs takes both within a second.

The older one stays good for --keep. A webhook token ends sooner, when the new one has been used for as long as
--grace: time to change the token of every webhook in Ongoing. What a rotation did stands when connections.yaml is
applied again, also if that still names the older token. --keep 0s ends the older one now.`,
	}
	settings.Flags(c.Flags(), "store")
	name := c.Flags().String("connection", "", "replace the webhook token of the connection `NAME`")
	var how connection.Rotation
	c.Flags().DurationVar(&how.Keep, "keep", 7*24*time.Hour, "how long the older one stays good at most")
	c.Flags().DurationVar(&how.Grace, "grace", time.Hour, "how long an older webhook token stays good once the new one is used")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case (len(args) == 1) == (*name != ""):
			return usage("give the id of an API key, or --connection for its webhook token")
		case len(args) == 1 && !strings.HasPrefix(args[0], "key_"):
			return usage("a key's id begins with key_; tradeback token list shows them")
		case how.Keep < 0 || how.Grace <= 0:
			return usage("--keep must not be negative, and --grace must be more than 0")
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			if *name != "" {
				of, err := checkConn(c.Context(), st, *name)
				if err != nil {
					return err
				}
				return e.rotateToken(c.Context(), &settings, st, of, how, *asJSON)
			}
			return e.rotateKey(c.Context(), st, args[0], how, *asJSON)
		})
	}
	return c
}

func (e env) rotateKey(ctx context.Context, st store.Engine, id string, how connection.Rotation, asJSON bool) error {
	made, older, plaintext, err := connection.RotateKey(ctx, st, id, how, e.person(""), e.now())
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.stdout, struct {
			ID       string             `json:"id"`
			Name     string             `json:"name"`
			Scopes   []connection.Scope `json:"scopes"`
			Key      string             `json:"key"`
			Replaces string             `json:"replaces"`
			Until    time.Time          `json:"older_expires_at"`
		}{made.ID, made.Name, made.Scopes, plaintext, older.ID, older.Expires})
	}
	fmt.Fprintln(e.stdout, plaintext)
	_, err = fmt.Fprintf(e.stderr, "This is key %s (%s). It is shown this once. %s is good until %s.\n",
		made.ID, printable(made.Name), older.ID, at(older.Expires))
	return err
}

func (e env) rotateToken(ctx context.Context, settings *config.Process, st store.Engine, name exchange.Conn, how connection.Rotation, asJSON bool) error {
	if err := settings.LoadKey(e.getenv); err != nil {
		return err
	}
	sealer, err := connection.NewSealer(settings.Key.Reveal())
	if err != nil {
		return fmt.Errorf("TRADEBACK_KEY: %w", err)
	}
	c, token, err := connection.RotateToken(ctx, st, sealer, name, how, e.person(""), e.now())
	if err != nil {
		return err
	}
	ends := c.Ongoing.WebhookTokens[0].Ends() // the older one's, which stands first
	if asJSON {
		return printJSON(e.stdout, struct {
			Connection exchange.Conn `json:"connection"`
			Token      string        `json:"token"`
			Ends       time.Time     `json:"older_expires_at"`
		}{name, token, ends})
	}
	fmt.Fprintln(e.stdout, token)
	older := fmt.Sprintf("The older one is good until %s, or until the new one has been used for %s.", at(ends), how.Grace)
	if how.Keep == 0 {
		older = "The older one is refused from now on."
	}
	_, err = fmt.Fprintf(e.stderr, `This is the new X-Auth-Token of %s. It is shown this once. Enter it in Ongoing: Administration, Webhooks, each webhook
that posts to /webhooks/ongoing/%s. %s
`, name, name, older)
	return err
}

// rotating is what the API asks: a rotation in the store that serve has.
type rotating struct{ *serving }

// Token replaces a connection's webhook token.
func (r rotating) Token(ctx context.Context, name exchange.Conn, how connection.Rotation, who audit.Actor) (connection.Connection, string, error) {
	return connection.RotateToken(ctx, documents{r.store}, r.peers.seal, name, how, who, r.now())
}

// Key replaces an API key.
func (r rotating) Key(ctx context.Context, id string, how connection.Rotation, who audit.Actor) (made, older connection.Key, plaintext string, err error) {
	return connection.RotateKey(ctx, documents{r.store}, id, how, who, r.now())
}
