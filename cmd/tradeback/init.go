package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// beginning is one run of init.
type beginning struct {
	env
	settings config.Process
	dir      string
	force    bool
	noWait   bool
	wait     time.Duration
	json     bool
	given    answers // by flags

	ask    *asker
	made   map[string]string // variables that go into the env file, beside the environment
	sealer *connection.Sealer
}

// answers are what init must know, but for the secrets.
type answers struct {
	name         string
	ongoingURL   string
	goodsOwner   string
	username     string
	warehouseID  string
	shop         string
	clientID     string
	locationID   string
	releaseOn    string
	noPortal     bool
	server       string            // of the API, from the URL
	warehouse    string            // the system's name, from the URL
	portal       bool              // one speaks to us
	twoSecrets   bool              // webhooks are signed with another secret than the client secret
	orders       []exchange.Status // of the warehouse, where it could be asked
	returns      []exchange.Status
	statuses     doctor.Proposal // a mapping of those
	statusesRead bool
}

func newInit(e env) *cobra.Command {
	b := beginning{env: e}
	c := &cobra.Command{
		Use: "init", Short: "Set up a first connection: ask for little, write the files, apply, and wait for the first event", Args: cobra.NoArgs,
		Long: `Set up a connection. It asks for little: the address of Ongoing, the goods owner and its WSI user, the shop and its
app. Warehouses, locations and statuses are read where they can be. It makes the key, if there is none, and the token
of Ongoing's webhooks; writes connections.yaml, and tradeback.env with the secrets, which only its owner may read;
applies; says what to click in Ongoing and Shopify; waits for the first event; and ends with doctor.

Every question has a flag. Those without one are secrets, which are never taken from the command line: they come from
the environment, where their names begin with the connection's (NORDWEAR_ONGOING_PASSWORD, NORDWEAR_SHOPIFY_TOKEN or
NORDWEAR_SHOPIFY_CLIENT_SECRET, NORDWEAR_SHOPIFY_SECRET, NORDWEAR_PORTAL_SECRET), or are asked for. What is asked for
can be piped in, a line for each question in its order.

To rehearse against tradeback sim, paste http://ADDRESS/SYSTEM/ as Ongoing's address and http://ADDRESS as the shop,
and give both as --allow-host.

The exit status is 1 when doctor finds a fault.`,
	}
	b.settings.Flags(c.Flags(), "store", "allow-host", "key", "call-timeout", "public-url")
	f := c.Flags()
	f.StringVar(&b.dir, "dir", ".", "`FOLDER` for connections.yaml, tradeback.env, and where they are yet to be made, the key and the store; it is made, if there is none")
	f.StringVar(&b.given.name, "name", "", "`NAME` of the connection, the last part of its webhook URLs; else the system's name")
	f.StringVar(&b.given.ongoingURL, "ongoing-url", "", "the `URL` at which you log in to Ongoing")
	f.StringVar(&b.given.goodsOwner, "goods-owner-id", "", "`ID` of the goods owner")
	f.StringVar(&b.given.username, "username", "", "the API `USER`, which begins with WSI")
	f.StringVar(&b.given.warehouseID, "warehouse-id", "", "`ID` of the warehouse, where there are several")
	f.StringVar(&b.given.shop, "shop", "", "the shop's `DOMAIN`, as nordwear.myshopify.com")
	f.StringVar(&b.given.clientID, "client-id", "", "client `ID` of the Shopify app, with whose secret tokens are got; else an access token is asked for")
	f.StringVar(&b.given.locationID, "location-id", "", "`GID` of the shop's location, where there are several")
	f.StringVar(&b.given.releaseOn, "release-on", "", "`WHAT` releases an exchange order: return_closed (with a portal), return_order, both or either")
	f.BoolVar(&b.given.noPortal, "no-portal", false, "no return portal will speak to us: do not ask for its secret")
	f.BoolVar(&b.force, "force", false, "overwrite connections.yaml and tradeback.env, and a connection of that name")
	f.BoolVar(&b.noWait, "no-wait", false, "do not wait for the first event")
	f.DurationVar(&b.wait, "wait", 10*time.Minute, "how long to wait for the first event")
	f.BoolVar(&b.json, "json", false, "print JSON; questions and hints go to stderr")
	c.RunE = func(c *cobra.Command, _ []string) error {
		err := b.run(c.Context())
		var faults connection.Faults
		if errors.As(err, &faults) { // of a file that nobody has seen yet
			return refused("with these answers no connection can be made; nothing was written:\n%w", err)
		}
		return err
	}
	return c
}

// The files that init writes, beside each other.
func (b *beginning) yaml() string    { return filepath.Join(b.dir, "connections.yaml") }
func (b *beginning) envFile() string { return filepath.Join(b.dir, "tradeback.env") }
func (b *beginning) keyFile() string { return filepath.Join(b.dir, "tradeback.key") }

func (b *beginning) run(ctx context.Context) (err error) {
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	for _, path := range []string{b.yaml(), b.envFile()} {
		if _, err := os.Lstat(path); err == nil && !b.force {
			return refused("%s is there already: edit it and apply, or choose another --dir; --force overwrites it", path)
		}
	}
	b.made, b.ask = map[string]string{}, b.asker()
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	if err := b.prepare(); err != nil {
		return err
	}
	if err := b.settings.Load(b.lookup); err != nil {
		return err
	}
	if b.sealer, err = connection.NewSealer(b.settings.Key.Reveal()); err != nil {
		return fmt.Errorf("TRADEBACK_KEY: %w", err)
	}
	var end begun
	err = b.useStore(ctx, &b.settings, true, func(st store.Engine) (err error) {
		if end.Connection, err = b.set(ctx, st); err != nil {
			return err
		}
		end.Heard, err = b.await(ctx, st, end.Connection)
		return err
	})
	if err != nil {
		return err
	}
	checks := &doctoring{env: b.env, settings: b.settings, only: string(end.Connection)}
	if err := checks.examineStore(ctx); err != nil {
		return err
	}
	if !b.json {
		fmt.Fprintln(b.stdout)
		return checks.report()
	}
	base := b.publicURL()
	end.URLs = map[string]string{}
	for door, path := range map[string]string{"ongoing": "ongoing", "shopify": "shopify", "portal": "returns"} {
		end.URLs[door] = base + "/webhooks/" + path + "/" + string(end.Connection)
	}
	end.Files = map[string]string{"connections": b.yaml(), "env": b.envFile()}
	if b.made["TRADEBACK_KEY_FILE"] != "" {
		end.Files["key"] = b.keyFile()
	}
	end.State, end.Checks = doctor.Worst(checks.checks), checks.checks
	if err := printJSON(b.stdout, end); err != nil {
		return err
	}
	return checks.verdict()
}

// begun is what init has come to, as JSON.
type begun struct {
	Connection exchange.Conn     `json:"connection"`
	URLs       map[string]string `json:"webhook_urls"`      // by door
	Files      map[string]string `json:"files"`             // by what is in them: connections, env, and the key if it is in one
	Heard      time.Time         `json:"heard_at,omitzero"` // when Ongoing was first heard
	State      doctor.State      `json:"state"`             // the worst
	Checks     []doctor.Check    `json:"checks"`
}

// publicURL is where the doors are reached, as far as it is known.
func (b *beginning) publicURL() string {
	if b.settings.PublicURL == "" {
		return "https://YOUR-HOST"
	}
	return b.settings.PublicURL
}

// lookup is the environment as the env file will make it. What is set already counts more.
func (b *beginning) lookup(name string) string {
	if v := b.getenv(name); v != "" {
		return v
	}
	return b.made[name]
}

// prepare sees to a key and a store. A key that is there is never overwritten: without it the secrets that it sealed
// are lost.
func (b *beginning) prepare() error {
	if b.getenv("TRADEBACK_CONFIG") != "" || b.settings.File != "" {
		return nil // the settings file says both
	}
	b.made["TRADEBACK_STORE"] = cmp.Or(b.settings.Store, b.getenv("TRADEBACK_STORE"), "sqlite://"+filepath.Join(b.dir, "tradeback.db"))
	if b.getenv("TRADEBACK_KEY") != "" || b.getenv("TRADEBACK_KEY_FILE") != "" {
		return nil
	}
	b.made["TRADEBACK_KEY_FILE"] = b.keyFile()
	if err := writeNew(b.keyFile(), connection.NewSealerKey()+"\n"); !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// set asks, writes the files, and applies. It gives the connection's name.
func (b *beginning) set(ctx context.Context, st store.Engine) (exchange.Conn, error) {
	a, err := b.questions(ctx, st)
	if err != nil {
		return "", err
	}
	name := exchange.Conn(a.name)
	text := a.connectionsYAML()
	want, err := connection.Parse([]byte(text), b.lookup, connection.Options{AllowHosts: b.settings.AllowHosts})
	if err != nil {
		return "", err
	}
	if _, err := connection.Plan(ctx, st, b.sealer, want); err != nil {
		return "", err
	}
	if err := b.writeFiles(a, text); err != nil {
		return "", err
	}
	if _, err := connection.Apply(ctx, st, b.sealer, want, b.person(""), b.now()); err != nil {
		return "", err
	}
	b.hint(a, want[0])
	return name, nil
}

// free refuses a name that a stored connection has.
func (b *beginning) free(ctx context.Context, st store.Engine, name string) error {
	book := connection.NewBook(b.sealer)
	err := book.Load(ctx, st)
	_, taken := book.Get(exchange.Conn(name))
	_, broken := book.Broken()[name]
	switch {
	case (taken || broken) && !b.force:
		return refused("there is a connection %s already: give another --name, or --force to overwrite it", name)
	case err != nil && len(book.Broken()) == 0:
		return err
	}
	return nil
}

// writeNew makes a file that only its owner may read. Errors: fs.ErrExist when there is one.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in the folder that was named
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// replace writes a file that only its owner may read, whole or not at all.
func replace(path, text string) error {
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := writeNew(next, text); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// prefix is how the names of a connection's variables begin.
func prefix(name string) string {
	p := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if p[0] >= '0' && p[0] <= '9' {
		p = "C" + p
	}
	return p + "_"
}
