package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// jsonFlag lets a command print JSON instead of tables.
func jsonFlag(c *cobra.Command) *bool { return c.Flags().Bool("json", false, "print JSON") }

// printJSON writes v as one line.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// page is how every list is printed as JSON, as the API does.
type page[T any] struct {
	Data []T    `json:"data"` // never null
	Next string `json:"next"` // cursor of the next page; empty: this was the last
}

// table writes rows in columns under a heading.
func table(w io.Writer, heading string, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, heading)
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	return tw.Flush()
}

// pairs writes a heading, and under it names with their values.
func pairs(w io.Writer, heading string, rows [][]string) error {
	fmt.Fprintln(w, printable(heading))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(tw, "%s\t%s\n", row[0], printable(row[1]))
	}
	return tw.Flush()
}

// printable leaves out what would move the cursor or break a line: texts come from other systems.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// at is a time as tables show it.
func at(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// dash stands where there is nothing to show.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
