package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// tokenView is an API key as lists show it: without its hash.
type tokenView struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Scopes   []connection.Scope `json:"scopes"`
	Created  time.Time          `json:"created_at"`
	LastUsed time.Time          `json:"last_used_at,omitzero"`
	Expires  time.Time          `json:"expires_at,omitzero"`
	Revoked  time.Time          `json:"revoked_at,omitzero"`
	Replaces string             `json:"replaces,omitempty"`
}

func viewOfKey(k connection.Key) tokenView {
	return tokenView{k.ID, k.Name, k.Scopes, k.Created, k.LastUsed, k.Expires, k.Revoked, k.Replaces}
}

// slotView is a webhook token as lists show it: by its slot.
type slotView struct {
	Slot      int       `json:"slot"` // from 1
	Live      bool      `json:"live"`
	Made      time.Time `json:"made_at,omitzero"` // by token rotate; left out: it is from connections.yaml
	FirstUsed time.Time `json:"first_used_at,omitzero"`
	LastUsed  time.Time `json:"last_used_at,omitzero"`
	Expires   time.Time `json:"expires_at,omitzero"`
}

func newTokenList(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "list", Short: "List API keys, or a connection's webhook tokens, with their last use and end", Args: cobra.NoArgs,
		Long: "List API keys, the revoked ones too, with their last use and end; with --connection that connection's webhook tokens.",
	}
	settings.Flags(c.Flags(), "store")
	name := c.Flags().String("connection", "", "list the webhook tokens of the connection `NAME`")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			if *name != "" {
				return e.listSlots(c.Context(), &settings, st, exchange.Conn(*name), *asJSON)
			}
			return e.listKeys(c.Context(), st, *asJSON)
		})
	}
	return c
}

func (e env) listKeys(ctx context.Context, st store.Engine, asJSON bool) error {
	keys, err := connection.Keys(ctx, st)
	if err != nil {
		return err
	}
	list := page[tokenView]{Data: []tokenView{}}
	var rows [][]string
	for _, k := range keys {
		list.Data = append(list.Data, viewOfKey(k))
		rows = append(rows, []string{k.ID, k.Name, scopeList(k.Scopes), at(k.Created), at(k.LastUsed), at(k.Expires), at(k.Revoked)})
	}
	if asJSON {
		return printJSON(e.stdout, list)
	}
	return table(e.stdout, "ID\tNAME\tSCOPES\tCREATED\tLAST USED\tEXPIRES\tREVOKED", rows)
}

func (e env) listSlots(ctx context.Context, settings *config.Process, st store.Engine, name exchange.Conn, asJSON bool) error {
	if err := settings.LoadKey(e.getenv); err != nil {
		return err
	}
	book, err := e.openBook(ctx, settings, st)
	if err != nil {
		return err
	}
	c, ok := book.Get(name)
	if !ok {
		return notFound("there is no connection %s", name)
	}
	heard, err := connection.HeardOf(ctx, st, name)
	if err != nil {
		return err
	}
	list := page[slotView]{Data: []slotView{}}
	var rows [][]string
	for i, t := range c.Ongoing.WebhookTokens.Slots() {
		use := heard.Tokens[t.ID()]
		v := slotView{i + 1, t.Live(e.now()), t.Made().UTC(), use.First, use.Last, t.Ends()}
		list.Data = append(list.Data, v)
		from, state := "connections.yaml", "live"
		if !v.Made.IsZero() {
			from = "made " + at(v.Made)
		}
		if !v.Live {
			state = "ended"
		}
		rows = append(rows, []string{string(rune('1' + i)), state, from, at(v.FirstUsed), at(v.LastUsed), at(v.Expires)})
	}
	if asJSON {
		return printJSON(e.stdout, list)
	}
	return table(e.stdout, "SLOT\tSTATE\tFROM\tFIRST USED\tLAST USED\tEXPIRES", rows)
}
