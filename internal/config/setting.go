package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// setting is one of the process's settings: its flag, and what must be true of it.
type setting struct {
	name   string // of the flag; the variable's is TRADEBACK_ and the same in capitals
	hidden bool
	define func(c *Process, fs *pflag.FlagSet)
	check  func(c *Process) error // nil: anything will do
}

var settings = []setting{
	{name: "config", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.File, "config", "", "settings `FILE`: lines of TRADEBACK_NAME=value")
	}},
	{name: "store", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.Store, "store", "", "`URL` of the store: sqlite:///var/lib/tradeback/tradeback.db, redis://HOST:PORT, redis+cluster://HOST:PORT; one with a password is better not given here (TRADEBACK_STORE)")
	}, check: func(c *Process) error {
		_, err := StoreKind(c.Store)
		return err
	}},
	{name: "durability", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.Durability, "durability", Strict, "`WHAT` is asked of a store in Redis: strict, that what it acknowledges is on its disk; or relaxed, where the loss of the last events is accepted (TRADEBACK_DURABILITY)")
	}, check: func(c *Process) error {
		if c.Durability != Strict && c.Durability != Relaxed {
			return fmt.Errorf("must be %s or %s", Strict, Relaxed)
		}
		return nil
	}},
	{name: "wait-replicas", define: func(c *Process, fs *pflag.FlagSet) {
		fs.IntVar(&c.Replicas, "wait-replicas", 0, "how many replicas of its master must have what is written to a store in Redis before it is called kept (TRADEBACK_WAIT_REPLICAS)")
	}, check: func(c *Process) error {
		if c.Replicas < 0 {
			return errors.New("must not be negative")
		}
		if kind, err := StoreKind(c.Store); c.Replicas > 0 && err == nil && kind != Redis {
			return errors.New("is for a store in Redis: a file has no replicas")
		}
		return nil
	}},
	{name: "listen", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.Listen, "listen", ":8080", "`ADDRESS` of webhooks and API (TRADEBACK_LISTEN)")
	}, check: func(c *Process) error { return address(c.Listen) }},
	{name: "ops-listen", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.OpsListen, "ops-listen", "127.0.0.1:9090", "`ADDRESS` of /healthz, /readyz and /metrics; empty: nowhere (TRADEBACK_OPS_LISTEN)")
	}, check: func(c *Process) error {
		if c.OpsListen == "" {
			return nil
		}
		return address(c.OpsListen)
	}},
	{name: "trusted-proxy", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringSliceVar(&c.proxies, "trusted-proxy", nil, "believe the X-Forwarded-For of this `ADDRESS` or network, such as 127.0.0.1 or 10.0.0.0/8; repeatable (TRADEBACK_TRUSTED_PROXY)")
	}, check: func(c *Process) (err error) {
		c.TrustedProxies, err = networks(c.proxies)
		return err
	}},
	{name: "connections", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.Connections, "connections", "", "apply this connections.yaml `FILE` at start (TRADEBACK_CONNECTIONS)")
	}},
	{name: "allow-host", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringSliceVar(&c.AllowHosts, "allow-host", nil, "let `HOST:PORT` be called though it is not the vendors' own, also by plain http; for rehearsals, repeatable (TRADEBACK_ALLOW_HOST)")
	}, check: func(c *Process) error { return hosts(c.AllowHosts) }},
	{name: "replay", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.Replay, "replay", "", "replay the events of this `FILE` at start; see tradeback replay --help (TRADEBACK_REPLAY)")
	}},
	{name: "call-timeout", define: func(c *Process, fs *pflag.FlagSet) {
		fs.DurationVar(&c.CallTimeout, "call-timeout", 20*time.Second, "how long a call to Ongoing or Shopify may take (TRADEBACK_CALL_TIMEOUT)")
	}, check: func(c *Process) error { return positive(c.CallTimeout) }},
	{name: "quiet", define: func(c *Process, fs *pflag.FlagSet) {
		fs.DurationVar(&c.Quiet, "quiet", 40*time.Second, "how long after an unknown outcome nobody looks whether it was done; short in rehearsals alone (TRADEBACK_QUIET)")
	}, check: func(c *Process) error {
		if c.Quiet < 0 {
			return errors.New("must not be negative")
		}
		return nil
	}},
	{name: "reconcile", define: func(c *Process, fs *pflag.FlagSet) {
		fs.DurationVar(&c.Reconcile, "reconcile", 15*time.Minute, "how often Ongoing and Shopify are asked for what no webhook has told; 0: never (TRADEBACK_RECONCILE)")
	}, check: func(c *Process) error {
		if c.Reconcile < 0 {
			return errors.New("must not be negative")
		}
		return nil
	}},
	{name: "public-url", define: func(c *Process, fs *pflag.FlagSet) {
		fs.StringVar(&c.PublicURL, "public-url", "", "`URL` under which the webhooks' doors are reached from outside: with it Shopify's webhook subscriptions are kept (TRADEBACK_PUBLIC_URL)")
	}, check: func(c *Process) (err error) {
		c.PublicURL, err = publicURL(c.PublicURL)
		return err
	}},
	{name: "retry-first", hidden: true, define: func(c *Process, fs *pflag.FlagSet) {
		fs.DurationVar(&c.RetryFirst, "retry-first", time.Second, "the first pause before an act is tried again; short in rehearsals alone (TRADEBACK_RETRY_FIRST)")
	}, check: func(c *Process) error { return positive(c.RetryFirst) }},
}

// variable is the environment variable that stands for a flag.
func variable(flag string) string {
	return "TRADEBACK_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// known reports whether a variable is one of ours.
func known(name string) bool {
	if name == "TRADEBACK_KEY" || name == "TRADEBACK_KEY_FILE" {
		return true
	}
	for _, s := range settings {
		if s.name != "config" && variable(s.name) == name {
			return true
		}
	}
	return false
}

func address(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is no address to listen on: give HOST:PORT or :PORT", text)
	}
	return nil
}

// publicURL reads the URL that senders outside use, without a slash at its end. Plain http will do on this machine
// alone, for rehearsals.
func publicURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("must be a URL such as https://tradeback.example.com") // text may hold a password
	case u.Scheme == "https":
	case u.Scheme != "http" || !loopback(u.Hostname()):
		return "", errors.New("must begin with https://: Shopify sends webhooks nowhere else")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// networks reads addresses and networks; an address is a network of one.
func networks(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if a, addrErr := netip.ParseAddr(text); addrErr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8", text)
		}
		out = append(out, p)
	}
	return out, nil
}

func hosts(list []string) error {
	for _, h := range list {
		host, port, err := net.SplitHostPort(h)
		if _, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || host == "" {
			return fmt.Errorf("%q must be HOST:PORT, such as 127.0.0.1:7001", h)
		}
	}
	return nil
}

func positive(d time.Duration) error {
	if d <= 0 {
		return errors.New("must be more than 0, such as 20s")
	}
	return nil
}
