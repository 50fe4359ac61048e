package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// doctoring is one run of doctor.
type doctoring struct {
	env
	settings config.Process
	only     string // a connection's name; empty: all
	json     bool

	checks []doctor.Check
}

func newDoctor(e env) *cobra.Command {
	d := doctoring{env: e}
	c := &cobra.Command{
		Use: "doctor", Short: "Look at settings, store and connections, and say what is wrong and what to do", Args: cobra.NoArgs,
		Long: `Look at the process's settings, the store, the key, and each connection: the way to Ongoing and Shopify, credentials,
clocks, the warehouse's statuses against the mapping, the shop's scopes and webhooks, and who was heard when. Each
check has a state (ok, warning, fault, skipped), what was seen, and what to do. It changes nothing, shows no secret,
and works beside serve. Give it serve's flags or environment, so that it sees what serve sees.

It calls through the same lane as serve: a password that is refused is not tried again while the breaker is open.

The exit status is 1 when there is a fault.`,
	}
	d.settings.Flags(c.Flags())
	c.Flags().StringVar(&d.only, "connection", "", "look at the connection `NAME` alone")
	c.Flags().BoolVar(&d.json, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := d.examine(c.Context()); err != nil {
			return err
		}
		return d.report()
	}
	return c
}

// examine makes all checks. Errors: exit status 3 when there is no such connection.
func (d *doctoring) examine(ctx context.Context) error {
	d.process()
	if !d.knowsStore() {
		d.add("store.open", doctor.Skipped, "which store is not known", "")
		return nil
	}
	return d.examineStore(ctx)
}

// examineStore makes all checks but that of the process's settings. Errors: as examine.
func (d *doctoring) examineStore(ctx context.Context) error {
	var missing error
	err := d.useStore(ctx, &d.settings, false, func(st store.Engine) error {
		d.add("store.open", doctor.OK, storeName(d.settings.Store)+" is open", "")
		d.store(ctx, st)
		missing = d.connections(ctx, st)
		return nil
	})
	if err != nil {
		d.add("store.open", doctor.Fault, err.Error(), "see that --store names the store that serve has, and that this user may read and write it; serve, apply and init make one")
	}
	return missing
}

// knowsStore reports whether the settings name a store. What is wrong with its name, they have said.
func (d *doctoring) knowsStore() bool {
	_, err := config.StoreKind(d.settings.Store)
	return err == nil
}

func (d *doctoring) add(name string, state doctor.State, evidence, remedy string) {
	d.checks = append(d.checks, doctor.Check{Name: name, State: state, Evidence: evidence, Remedy: remedy})
}

// process looks at the process's own settings.
func (d *doctoring) process() {
	err := d.settings.Load(d.getenv)
	var faults config.Faults
	if !errors.As(err, &faults) {
		d.add("settings", doctor.OK, "every setting can be used", "")
	}
	for _, f := range faults {
		d.add("settings", doctor.Fault, f.Name+": "+f.Message, "correct it where serve is started")
	}
	if d.settings.Connections == "" {
		return
	}
	text, err := os.ReadFile(d.settings.Connections)
	if err == nil {
		_, err = connection.Parse(text, d.getenv, connection.Options{AllowHosts: d.settings.AllowHosts})
	}
	if err != nil {
		d.add("connections_file", doctor.Fault, d.settings.Connections+": "+oneLine(err.Error()), "correct the file: serve does not start with it")
		return
	}
	d.add("connections_file", doctor.OK, d.settings.Connections+" can be applied", "")
}

// connections looks at the key, and with it at each connection.
func (d *doctoring) connections(ctx context.Context, st store.Engine) error {
	if d.settings.Key.Reveal() == "" {
		d.add("key", doctor.Fault, "there is no key that could open the connections' secrets", "set TRADEBACK_KEY or TRADEBACK_KEY_FILE to the key that serve has")
		return nil
	}
	sealer, err := connection.NewSealer(d.settings.Key.Reveal())
	if err != nil {
		d.add("key", doctor.Fault, err.Error(), "set TRADEBACK_KEY or TRADEBACK_KEY_FILE to the key that serve has")
		return nil
	}
	book := connection.NewBook(sealer)
	err = book.Load(ctx, st)
	broken := book.Broken()
	for name, err := range broken {
		d.checks = append(d.checks, doctor.Check{
			Connection: exchange.Conn(name), Name: "key", State: doctor.Fault, Evidence: err.Error(),
			Remedy: "start with the key that sealed it, from your safe; without it, apply connections.yaml to a new store",
		})
	}
	all := book.All()
	switch {
	case err != nil && len(broken) == 0:
		d.add("key", doctor.Fault, err.Error(), "run doctor again; if it stays, tradeback store verify")
		return nil
	case len(all) == 0 && len(broken) == 0:
		d.add("key", doctor.Warning, "there is no connection yet whose secrets it could open", "tradeback init, or apply, makes one")
	case len(broken) == 0:
		d.add("key", doctor.OK, sealer.String()+" opens the secrets of "+plural(len(all), "connection"), "")
	}
	if d.only != "" {
		all = slices.DeleteFunc(all, func(c connection.Connection) bool { return string(c.Name) != d.only })
		if _, unreadable := broken[d.only]; len(all) == 0 && !unreadable {
			return notFound("there is no connection %s", d.only)
		}
	}
	found := make([][]doctor.Check, len(all))
	var g errgroup.Group
	g.SetLimit(8)
	for i, c := range all {
		g.Go(func() error {
			found[i] = d.patient(ctx, st, sealer, c)
			return nil
		})
	}
	_ = g.Wait() // none fails
	d.checks = append(d.checks, slices.Concat(found...)...)
	return nil
}

// patient looks at one connection.
func (d *doctoring) patient(ctx context.Context, st store.Engine, sealer *connection.Sealer, c connection.Connection) []doctor.Check {
	ways := &peers{docs: st, seal: sealer, now: d.now, call: d.settings.CallTimeout, hosts: d.settings.AllowHosts}
	checks, lanes := examine(ctx, ways, nil, st, c, d.settings.PublicURL)
	if lanes != nil {
		lanes.toShop.Close()
		lanes.toOngoing.Close()
	}
	return checks
}

// examine looks at one connection, through ways that nobody else has, and over the lanes of had, if there are some. It
// gives the lanes that it used.
func examine(ctx context.Context, ways *peers, had *pair, st doctor.Docs, c connection.Connection, publicURL string) ([]doctor.Check, *pair) {
	seen := map[exchange.PeerName]*doctor.Witness{}
	ways.watch = func(name exchange.PeerName, way *http.Client) *http.Client {
		w := &doctor.Witness{Next: way.Transport, Now: ways.now}
		seen[name], way.Transport = w, w
		return way
	}
	to, err := ways.make(c, had)
	if err != nil {
		return []doctor.Check{{Connection: c.Name, Name: "settings", State: doctor.Fault, Evidence: err.Error(), Remedy: "correct connections.yaml and apply"}}, nil
	}
	p := doctor.Patient{
		Connection: c, Store: st, Ongoing: to.ongoing, Shopify: to.shopify, ToOngoing: seen[exchange.PeerOngoing], ToShopify: seen[exchange.PeerShopify],
		PublicURL: publicURL, Now: ways.now, LookupHost: net.DefaultResolver.LookupHost,
	}
	return p.Examine(ctx), to
}

// doctor is what the API asks: a look at a connection over the lanes that serve has.
func (s *serving) doctor(ctx context.Context, name exchange.Conn) ([]doctor.Check, error) {
	c, ok := s.book.Get(name)
	if !ok {
		return nil, store.ErrNotFound
	}
	lanes, err := s.peers.pair(c.Name) // name may live no longer than the request
	if err != nil {
		return nil, err
	}
	docs := documents{s.store}
	ways := &peers{docs: docs, seal: s.peers.seal, now: s.now, call: s.settings.CallTimeout, hosts: s.settings.AllowHosts}
	checks, _ := examine(ctx, ways, lanes, docs, c, s.settings.PublicURL)
	return checks, nil
}

// report prints the checks. Errors: exit status 1 with a fault.
func (d *doctoring) report() error {
	state := doctor.Worst(d.checks)
	if d.json {
		if err := printJSON(d.stdout, struct {
			State  doctor.State   `json:"state"`
			Checks []doctor.Check `json:"checks"`
		}{state, d.checks}); err != nil {
			return err
		}
	} else if err := printChecks(d.stdout, d.checks); err != nil {
		return err
	}
	return d.verdict()
}

// verdict is how the command ends. Errors: exit status 1 with a fault.
func (d *doctoring) verdict() error {
	if doctor.Worst(d.checks) == doctor.Fault {
		return reportedError{errors.New("there is a fault")}
	}
	return nil
}

// printChecks writes the process's checks, and then those of each connection.
func printChecks(w io.Writer, checks []doctor.Check) error {
	count := map[doctor.State]int{}
	var conns []exchange.Conn
	for _, c := range checks {
		count[c.State]++
		if !slices.Contains(conns, c.Connection) {
			conns = append(conns, c.Connection)
		}
	}
	for _, conn := range conns {
		var rows [][]string
		var proposed []string
		for _, c := range checks {
			if c.Connection != conn {
				continue
			}
			rows = append(rows, []string{string(c.State), c.Name, c.Evidence})
			if c.Remedy != "" {
				rows = append(rows, []string{"", "", "-> " + c.Remedy})
			}
			if c.Proposed != "" {
				proposed = append(proposed, c.Proposed)
			}
		}
		if conn != "" {
			fmt.Fprintf(w, "\nconnection %s\n", conn)
		}
		if err := table(w, "STATE\tCHECK\tEVIDENCE", rows); err != nil {
			return err
		}
		for _, p := range proposed {
			fmt.Fprintf(w, "\nproposed mapping, for connections.yaml under ongoing of %s:\n", conn)
			for _, line := range strings.Split(strings.TrimSpace(p), "\n") {
				fmt.Fprintf(w, "  %s\n", printable(line))
			}
		}
	}
	_, err := fmt.Fprintf(w, "\n%d ok, %s, %s, %d skipped\n", count[doctor.OK], plural(count[doctor.Warning], "warning"), plural(count[doctor.Fault], "fault"), count[doctor.Skipped])
	return err
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
