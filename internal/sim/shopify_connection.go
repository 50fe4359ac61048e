package sim

import (
	"encoding/base64"
	"strconv"
)

// A gqlConnection is one page of a list: nodes, edges and pageInfo.
type gqlConnection struct {
	typ     string
	page    []gqlObject
	cursors []string
	before  bool // something comes before this page
	after   bool // something comes after it
}

// gqlPage returns the page of all that first, after, last and before ask for.
func gqlPage(typ string, all []gqlObject, args gqlArgs) (*gqlConnection, *gqlError) {
	all = gqlReversed(all, args)
	first, last := args.given("first"), args.given("last")
	switch {
	case !first && !last:
		return nil, gqlErrorf("BAD_REQUEST", "you must provide one of first or last")
	case first && last:
		return nil, gqlErrorf("BAD_REQUEST", "providing both first and last is not supported")
	case args.number("first") > 250 || args.number("last") > 250:
		return nil, gqlErrorf("BAD_REQUEST", "first and last must not exceed 250")
	case args.number("first") < 0 || args.number("last") < 0:
		return nil, gqlErrorf("BAD_REQUEST", "first and last must not be negative")
	}
	from, to := 0, len(all)
	if args.given("after") {
		at := gqlPosition(all, args.text("after"))
		if at < 0 {
			return nil, gqlErrorf("INVALID_FIELD_ARGUMENTS", "Invalid cursor for current pagination sort.")
		}
		from = at + 1
	}
	if args.given("before") {
		at := gqlPosition(all, args.text("before"))
		if at < 0 {
			return nil, gqlErrorf("INVALID_FIELD_ARGUMENTS", "Invalid cursor for current pagination sort.")
		}
		to = max(from, at)
	}
	if first {
		to = min(to, from+args.number("first"))
	} else {
		from = max(from, to-args.number("last"))
	}
	c := &gqlConnection{typ: typ, page: all[from:to], before: from > 0, after: to < len(all)}
	for i := from; i < to; i++ {
		c.cursors = append(c.cursors, gqlCursor(all[i], i))
	}
	return c, nil
}

// gqlCursor names an item of a list: by its id, so that the cursor holds while the list grows, or by its
// place if it has none.
func gqlCursor(item gqlObject, at int) string {
	name := strconv.Itoa(at)
	if id, is := item.gqlField("id", nil).(string); is {
		name = id
	}
	return base64.StdEncoding.EncodeToString([]byte(name))
}

func gqlPosition(all []gqlObject, cursor string) int {
	for i, item := range all {
		if gqlCursor(item, i) == cursor {
			return i
		}
	}
	return -1
}

func (c *gqlConnection) gqlType() string { return c.typ }

func (c *gqlConnection) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "nodes":
		return c.page
	case "edges":
		edge := c.typ[:len(c.typ)-len("Connection")] + "Edge"
		edges := make([]gqlObject, len(c.page))
		for i, node := range c.page {
			edges[i] = gqlFields{edge, map[string]any{"node": node, "cursor": c.cursors[i]}}
		}
		return edges
	case "pageInfo":
		info := map[string]any{
			"hasNextPage": c.after, "hasPreviousPage": c.before, "startCursor": nil, "endCursor": nil,
		}
		if len(c.cursors) > 0 {
			info["startCursor"], info["endCursor"] = c.cursors[0], c.cursors[len(c.cursors)-1]
		}
		return gqlFields{"PageInfo", info}
	}
	return notSimulated
}
