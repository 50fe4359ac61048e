// Package config is the process's own settings: where the store is, where to listen, how long to wait. A
// flag beats its environment variable, which beats the settings file. It is read once, at start.
package config

import (
	"net/netip"
	"slices"
	"time"

	"github.com/spf13/pflag"
)

// Process is everything that the process is told from outside. What a command did not ask for in Flags has
// no meaning in it.
type Process struct {
	File        string        // settings file: lines of TRADEBACK_NAME=value
	Store       string        // URL of the store; see StoreKind
	Durability  string        // strict, or relaxed: a store that may lose what it has acknowledged will do
	Replicas    int           // of a store in Redis: how many must have what is kept
	Listen      string        // doors, API and console
	OpsListen   string        // /healthz, /readyz, /metrics; empty: nowhere
	Connections string        // connections.yaml to apply at start; empty: none
	AllowHosts  []string      // HOST:PORT beyond the vendors' own
	Replay      string        // file of events to replay at start; empty: none
	CallTimeout time.Duration // of one call to a peer
	Quiet       time.Duration // how long after an unknown outcome nobody looks
	RetryFirst  time.Duration // the first pause before an act is tried again; for rehearsals
	Reconcile   time.Duration // from one sweep to the next; 0: none
	PublicURL   string        // under which the doors are reached from outside; empty: not known
	Key         Secret        // 32 bytes in base64, under which secrets lie in the store

	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	proxies        []string       // the same as written

	flags *pflag.FlagSet
	key   bool // a key is needed
}

// Flags gives fs the flags of the settings named, or of all of them. The name "key" stands for the key,
// which has no flag: what is on a command line can be read by everybody on the machine.
func (c *Process) Flags(fs *pflag.FlagSet, names ...string) {
	c.flags = fs
	c.key = len(names) == 0 || slices.Contains(names, "key")
	for _, s := range settings {
		if len(names) == 0 || s.name == "config" || slices.Contains(names, s.name) {
			s.define(c, fs)
			fs.Lookup(s.name).Hidden = s.hidden
		}
	}
}

// Load reads what was not given as a flag from the environment and the settings file, and checks all of it.
//
// Errors: Faults, with everything that is wrong.
func (c *Process) Load(getenv func(string) string) error {
	var faults Faults
	from := sources{getenv: getenv}
	if f := c.flags.Lookup("config"); !f.Changed {
		c.File = getenv(variable(f.Name))
	}
	from.file, faults = readFile(c.File)
	for _, s := range settings {
		f := c.flags.Lookup(s.name)
		if f == nil || s.name == "config" {
			continue
		}
		where := "--" + s.name
		if !f.Changed {
			e := from.lookup(variable(s.name))
			where = e.where
			if e.text != "" {
				if err := f.Value.Set(e.text); err != nil {
					faults = append(faults, Fault{where, err.Error()})
					continue
				}
			}
		}
		if s.check != nil {
			if err := s.check(c); err != nil {
				faults = append(faults, Fault{where, err.Error()})
			}
		}
	}
	if c.key {
		key, fault := from.key()
		c.Key = key
		faults = append(faults, fault...)
	}
	return faults.asError()
}

// LoadKey finds the key for a command that turns out to need it after Load.
//
// Errors: Faults.
func (c *Process) LoadKey(getenv func(string) string) error {
	file, _ := readFile(c.File) // what is wrong with it, Load has said
	key, faults := sources{getenv, file}.key()
	c.Key = key
	return faults.asError()
}
