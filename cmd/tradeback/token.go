package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

func newToken(e env) *cobra.Command {
	return group("token", "Make, list and revoke API keys", newTokenCreate(e), newTokenList(e), newTokenRevoke(e))
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
			return usage("%w: give --name and --scopes", err)
		}
		return e.withStore(c.Context(), &settings, true, func(st store.Engine) error {
			if err := connection.SaveKey(c.Context(), st, key); err != nil {
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

// tokenView is an API key as lists show it: without its hash.
type tokenView struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Scopes   []connection.Scope `json:"scopes"`
	Created  time.Time          `json:"created_at"`
	LastUsed time.Time          `json:"last_used_at,omitzero"`
	Revoked  time.Time          `json:"revoked_at,omitzero"`
}

func viewOfKey(k connection.Key) tokenView {
	return tokenView{k.ID, k.Name, k.Scopes, k.Created, k.LastUsed, k.Revoked}
}

func newTokenList(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{Use: "list", Short: "List API keys, the revoked ones too", Args: cobra.NoArgs}
	settings.Flags(c.Flags(), "store")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			keys, err := connection.Keys(c.Context(), st)
			if err != nil {
				return err
			}
			list := page[tokenView]{Data: []tokenView{}}
			var rows [][]string
			for _, k := range keys {
				list.Data = append(list.Data, viewOfKey(k))
				rows = append(rows, []string{k.ID, k.Name, scopeList(k.Scopes), at(k.Created), at(k.LastUsed), at(k.Revoked)})
			}
			if *asJSON {
				return printJSON(e.stdout, list)
			}
			return table(e.stdout, "ID\tNAME\tSCOPES\tCREATED\tLAST USED\tREVOKED", rows)
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
			key, err := connection.RevokeKey(c.Context(), st, args[0], e.now())
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
