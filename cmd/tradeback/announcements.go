package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/announce"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/store"
)

func newAnnouncements(e env) *cobra.Command {
	return group("announcements", "Try whether subscribers can be told", newAnnouncementsTest(e))
}

// tried is how a test of a subscriber ended.
type tried struct {
	Subscriber string `json:"subscriber"`
	Sent       bool   `json:"sent"`
	Reason     string `json:"reason,omitempty"`
}

func newAnnouncementsTest(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "test --connection NAME", Short: "Send each subscriber of a connection a message of the type test", Args: cobra.NoArgs,
		Long: `Send each subscriber of a connection a message of the type test, signed as any other. Nothing is kept, and it is not
sent again. Exit status 1 says that one of them did not take it.`,
	}
	settings.Flags(c.Flags(), "store", "allow-host", "key", "call-timeout")
	conn := c.Flags().String("connection", "", "the connection `NAME`")
	name := c.Flags().String("subscriber", "", "only the subscriber of this `NAME`")
	_ = c.MarkFlagRequired("connection")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			list, err := e.tryAnnouncements(c.Context(), &settings, st, *conn, *name)
			if err != nil {
				return err
			}
			return e.printTried(list, *asJSON)
		})
	}
	return c
}

func (e env) tryAnnouncements(ctx context.Context, settings *config.Process, st store.Engine, conn, only string) ([]tried, error) {
	name, err := checkConn(ctx, st, conn)
	if err != nil {
		return nil, err
	}
	now, err := e.clockOf(ctx, st)
	if err != nil {
		return nil, err
	}
	book, err := e.bookLater(ctx, settings, st)()
	if err != nil {
		return nil, err
	}
	found, ok := book.Get(name)
	if !ok {
		return nil, notFound("connection %s cannot be read", name)
	}
	client, ids := lane.Anywhere(settings.AllowHosts, settings.CallTimeout), ident.New(nil)
	list := []tried{}
	for _, s := range found.Announcements {
		if only != "" && s.Name != only {
			continue
		}
		one := tried{Subscriber: s.Name, Sent: true}
		if err := announce.Test(ctx, client, s, name, ids.Make("msg_", now()), now()); err != nil {
			one.Sent, one.Reason = false, err.Error()
		}
		list = append(list, one)
	}
	if len(list) == 0 {
		subscriber := "subscriber " + only
		if only == "" {
			subscriber = "subscriber"
		}
		return nil, notFound("connection %s has no %s: announcements in connections.yaml names them", name, subscriber)
	}
	return list, nil
}

func (e env) printTried(list []tried, asJSON bool) error {
	failed := 0
	rows := make([][]string, len(list))
	for i, t := range list {
		result := "sent"
		if !t.Sent {
			failed++
			result = "not taken: " + t.Reason
		}
		rows[i] = []string{t.Subscriber, result}
	}
	var err error
	if asJSON {
		err = printJSON(e.stdout, page[tried]{Data: list})
	} else {
		err = table(e.stdout, "SUBSCRIBER\tRESULT", rows)
	}
	if err != nil {
		return err
	}
	if failed > 0 {
		return reportedError{fmt.Errorf("%d of %d subscribers did not take it", failed, len(list))}
	}
	return nil
}
