package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store/redis"
)

// resealed is what sealing anew came to.
type resealed struct {
	Key         string          `json:"key"`         // id of the new one
	Connections []exchange.Conn `json:"connections"` // that were sealed with it; never null
}

func newStoreReseal(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "reseal --to FILE", Short: "Seal the connections' secrets with another key", Args: cobra.NoArgs,
		Long: `Seal the secrets that the store holds with another key, with serve stopped. TRADEBACK_KEY, or TRADEBACK_KEY_FILE, is the
key that they are sealed with now. FILE holds the other one; if there is none, it is made, for its owner alone to read.
Afterwards start serve with that key. After an interruption run the same command again.

Backups are sealed with the key of their time: keep that one as long as them.`,
	}
	settings.Flags(c.Flags(), "store", "key")
	path := c.Flags().String("to", "", "the `FILE` of the other key")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if *path == "" {
			return usage("--to: say in which file the other key is, or is to be")
		}
		if err := settings.Load(e.getenv); err != nil {
			return err
		}
		from, err := connection.NewSealer(settings.Key.Reveal())
		if err != nil {
			return fmt.Errorf("TRADEBACK_KEY: %w", err)
		}
		if file, err := config.StorePath(settings.Store); err == nil {
			if err := there(file); err != nil {
				return err
			}
		}
		st, err := openStore(c.Context(), settings.Store, opening{serve: true, redis: redis.Options{Relaxed: true}, now: e.now})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, st.Close()) }()
		if err := unserved(c.Context(), st, settings.Store); err != nil {
			return err
		}
		to, err := sealerIn(*path)
		if err != nil {
			return err
		}
		done, err := connection.Reseal(c.Context(), st, from, to, e.person(""), e.now())
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(e.stdout, resealed{to.KeyID(), append([]exchange.Conn{}, done...)})
		}
		_, err = fmt.Fprintf(e.stdout, "%s sealed with key %s; start serve with TRADEBACK_KEY_FILE=%s\n", plural(len(done), "connection"), to.KeyID(), *path)
		return err
	}
	return c
}

// sealerIn is the sealer of the key in a file, which is made if there is none.
func sealerIn(path string) (*connection.Sealer, error) {
	text, err := os.ReadFile(path) //nolint:gosec // whoever runs the command chooses the file
	if errors.Is(err, fs.ErrNotExist) {
		key := connection.NewSealerKey()
		text, err = []byte(key), writeNew(path, key+"\n")
	}
	if err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	s, err := connection.NewSealer(string(text))
	if err != nil {
		return nil, fmt.Errorf("--to: %s %w", path, err)
	}
	return s, nil
}
