package bench

import (
	"embed"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// What both peers answer: as the simulators answered a regular-upsell, each id and each thing that changes on the
// way being a name in braces.
//
//go:embed testdata/peers
var answerFiles embed.FS

var answers = func() map[string]template {
	all := map[string]template{}
	files, err := answerFiles.ReadDir("testdata/peers")
	if err != nil {
		panic(err) // they are built in
	}
	for _, f := range files {
		text, err := answerFiles.ReadFile(path.Join("testdata/peers", f.Name()))
		if err != nil {
			panic(err)
		}
		all[strings.TrimSuffix(f.Name(), ".json")] = parse(strings.TrimSpace(string(text)))
	}
	return all
}()

// template is a text with names in it: text, name, text, name, …, text.
type template []string

func parse(text string) template {
	var t template
	for {
		before, rest, found := strings.Cut(text, "{{")
		t = append(t, before)
		if !found {
			return t
		}
		name, after, _ := strings.Cut(rest, "}}")
		t, text = append(t, name), after
	}
}

// append fills a template with what is so of an exchange.
func (t template) append(out []byte, s *swap) []byte {
	for i, part := range t {
		if i%2 == 0 {
			out = append(out, part...)
		} else {
			out = s.fill(out, part)
		}
	}
	return out
}

func (s *swap) fill(out []byte, name string) []byte {
	pick := func(yes bool, then, otherwise string) []byte {
		if yes {
			return append(out, then...)
		}
		return append(out, otherwise...)
	}
	switch name {
	case "n":
		return append(out, s.n...)
	case "owner":
		return append(out, ownerOf(s.n)...)
	case "exchange":
		return append(out, s.exchange...)
	case "number":
		return append(out, s.number...)
	case "return_number":
		return append(out, s.returnNumber...)
	case "status":
		return append(append(append(out, `{"number":`...), strconv.Itoa(s.status)...), `,"text":"`+statusNames[s.status]+`"}`...)
	case "return":
		return pick(s.processed, "CLOSED", "OPEN")
	case "processable":
		return pick(s.processed, "0", "1")
	case "processed":
		return pick(s.processed, "1", "0")
	case "items":
		return pick(s.processed, `[{"id":"gid://shopify/LineItem/`+s.n+`5"}]`, "null")
	case "disposed":
		return pick(s.disposed, `{"quantity":1}`, "")
	case "outstanding":
		return pick(s.processed, "0.0", "-50.0")
	case "capturable":
		return pick(s.captured, "0.0", "50.0")
	case "authorised":
		if s.captured {
			name = "authorised_used"
		}
		return answers[name].append(out, s)
	case "capture":
		if s.captured {
			return answers[name].append(out, s)
		}
		return out
	case "fulfillment":
		if s.fulfilled {
			return answers[name].append(out, s)
		}
		return out
	case "order":
		switch {
		case s.fulfilled:
			return answers["fulfillment_order_closed"].append(out, s)
		case s.processed:
			return answers["fulfillment_order"].append(out, s)
		}
		return out
	}
	panic(fmt.Sprintf("an answer names %q", name)) // they are built in, and a test plays them all
}

var statusNames = map[int]string{open: "Open", released: "Released", sent: "Sent", returned: "Returned"}

// ownerOf is the goods owner of an exchange: the second to fourth digit of its number, among others.
func ownerOf(n string) string { return n[:4] }
