package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/privacy"
	"github.com/tradeback/tradeback/internal/store"
)

func newPrivacy(e env) *cobra.Command {
	return group("privacy", "List privacy requests, and what was done", newPrivacyList(e))
}

func newPrivacyList(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "list", Short: "List Shopify's privacy requests: what was asked when, and what was done", Args: cobra.NoArgs,
		Long: `List Shopify's privacy requests: what was asked when, and what was done. A data request is answered by the shop: --json
names the events whose bodies name the customer, for events show. The records hold no personal data.`,
	}
	settings.Flags(c.Flags(), "store")
	conn := c.Flags().String("connection", "", "of this connection alone")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx := c.Context()
		return e.withStore(ctx, &settings, false, func(st store.Engine) error {
			names, err := chains(ctx, st, *conn)
			if err != nil {
				return err
			}
			found := []privacy.Record{}
			for _, name := range names {
				some, err := privacy.Records(ctx, st, name)
				if err != nil {
					return err
				}
				found = append(found, some...)
			}
			if *asJSON {
				return printJSON(e.stdout, page[privacy.Record]{Data: found})
			}
			return e.printPrivacy(found)
		})
	}
	return c
}

func (e env) printPrivacy(found []privacy.Record) error {
	rows := make([][]string, len(found))
	for i, r := range found {
		done := "-"
		if !r.Done.IsZero() {
			done = at(r.Done)
		}
		rows[i] = []string{
			string(r.Connection), r.Topic, at(r.Asked), done, strconv.Itoa(len(r.Exchanges)),
			strconv.Itoa(r.Bodies), strconv.Itoa(r.Quarantined), strconv.Itoa(r.Dead), r.Event,
		}
	}
	return table(e.stdout, "CONNECTION\tREQUEST\tASKED\tDONE\tEXCHANGES\tBODIES\tOF QUARANTINED\tOF DEAD\tEVENT", rows)
}
