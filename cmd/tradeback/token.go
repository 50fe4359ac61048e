package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

func newToken(e env) *cobra.Command {
	return group("token", "Make, list, rotate and revoke API keys, and rotate webhook tokens",
		newTokenCreate(e), newTokenList(e), newTokenRotate(e), newTokenRevoke(e))
}

func newTokenCreate(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "create --name NAME --scopes read,write", Short: "Make an API key, and show it this once", Args: cobra.NoArgs,
		Long: "Make an API key, and show it this once: only its hash is kept.\n\nScopes: read (exchanges and events), write (request and cancel exchanges), admin. None includes another.",
	}
	settings.Flags(c.Flags(), "store")
	name := c.Flags().String("name", "", "what the key is for, such as the app's `NAME`")
	scopes := c.Flags().StringSlice("scopes", nil, "what it may do: `SCOPES` of read, write, admin")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		wanted := make([]connection.Scope, len(*scopes))
		for i, s := range *scopes {
			wanted[i] = connection.Scope(strings.TrimSpace(s))
		}
		key, plaintext, err := connection.NewKey(strings.TrimSpace(*name), wanted, e.now())
		if err != nil {
			return usage("%w; give --name and --scopes", err)
		}
		return e.withStore(c.Context(), &settings, true, func(st store.Engine) error {
			if err := connection.SaveKey(c.Context(), st, key, e.person("")); err != nil {
				return err
			}
			if *asJSON {
				return printJSON(e.stdout, struct {
					ID     string             `json:"id"`
					Name   string             `json:"name"`
					Scopes []connection.Scope `json:"scopes"`
					Key    string             `json:"key"`
				}{key.ID, key.Name, key.Scopes, plaintext})
			}
			fmt.Fprintf(e.stdout, "%s\n", plaintext)
			_, err := fmt.Fprintf(e.stderr, "This is key %s (%s), may %s. It is shown this once.\n", key.ID, printable(key.Name), scopeList(key.Scopes))
			return err
		})
	}
	return c
}

func newTokenRevoke(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{Use: "revoke ID", Short: "End an API key", Args: cobra.ExactArgs(1)}
	settings.Flags(c.Flags(), "store")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if !strings.HasPrefix(args[0], "key_") {
			return usage("a key's id begins with key_; tradeback token list shows them")
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			key, err := connection.RevokeKey(c.Context(), st, args[0], e.person(""), e.now())
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(e.stdout, viewOfKey(key))
			}
			_, err = fmt.Fprintf(e.stdout, "%s (%s) is revoked since %s\n", key.ID, printable(key.Name), at(key.Revoked))
			return err
		})
	}
	return c
}

func scopeList(scopes []connection.Scope) string {
	texts := make([]string, len(scopes))
	for i, s := range scopes {
		texts[i] = string(s)
	}
	return strings.Join(texts, ",")
}
