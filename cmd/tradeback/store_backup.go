package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// backup is what backing up came to.
type backup struct {
	Store string `json:"store"`
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

func newStoreBackup(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "backup", Short: "Copy the store into a file, beside a running serve", Args: cobra.NoArgs,
		Long: `Copy a store that is a file into another file, as it is at this moment. serve may run meanwhile and goes on
writing. The file is there when all of it is on the disk; it is never overwritten; only its owner may read it.
It holds customers' exchanges and the sealed secrets of connections, but not the key that opens them: keep
TRADEBACK_KEY elsewhere.`,
	}
	settings.Flags(c.Flags(), "store")
	to := c.Flags().String("to", "", "`FILE` to make")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := settings.Load(e.getenv); err != nil {
			return err
		}
		if *to == "" {
			return usage("--to: say which file to make")
		}
		path, err := onlyFile(&settings, "backed up",
			"let Redis keep its own files (appendonly yes), and copy its append-only directory or a snapshot by BGSAVE; or, with serve stopped, tradeback store copy into a file")
		if err != nil {
			return err
		}
		if err := there(path); err != nil {
			return err
		}
		show, end := e.progress()
		err = sqlite.Backup(c.Context(), path, *to, func(done, all int) { show("%d of %d pages", done, all) })
		end()
		var exists *sqlite.ExistsError
		if errors.As(err, &exists) {
			return refused("%w", err)
		}
		if err != nil {
			return err
		}
		made := backup{Store: storeName(settings.Store), File: *to}
		if info, err := os.Stat(*to); err == nil {
			made.Bytes = info.Size()
		}
		if *asJSON {
			return printJSON(e.stdout, made)
		}
		_, err = fmt.Fprintf(e.stdout, "%s holds %s, %d bytes. Look into it: tradeback store verify %s\n", made.File, made.Store, made.Bytes, made.File)
		return err
	}
	return c
}
