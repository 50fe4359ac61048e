package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	dto "github.com/prometheus/client_model/go"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
)

const (
	runbookFile = "../../docs/runbook.md"
	alertsFile  = "../../deploy/alerts.yaml"
)

// runbook is its entries' texts by heading, within each chapter.
func runbook(t *testing.T) (text string, chapters map[string]map[string]string) {
	t.Helper()
	b, err := os.ReadFile(runbookFile)
	if err != nil {
		t.Fatal(err)
	}
	chapters = map[string]map[string]string{}
	for _, chapter := range strings.Split(string(b), "\n## ")[1:] {
		name, rest, _ := strings.Cut(chapter, "\n")
		chapters[name] = map[string]string{}
		for _, entry := range strings.Split(rest, "\n### ")[1:] {
			heading, body, _ := strings.Cut(entry, "\n")
			chapters[name][heading] = body
		}
	}
	return string(b), chapters
}

// covers wants one entry for each of names, with what to look at and what to do, and no others.
func covers(t *testing.T, chapter string, entries map[string]string, names []string) {
	t.Helper()
	for _, name := range names {
		body, ok := entries[name]
		switch {
		case !ok:
			t.Errorf("%s: the runbook has no entry %s", chapter, name)
		case !strings.Contains(body, "\n- Look at: ") || !strings.Contains(body, "\n- Do: ") || strings.TrimSpace(strings.Split(body, "\n- ")[0]) == "":
			t.Errorf("%s: the entry %s does not say what it means, what to look at and what to do", chapter, name)
		}
	}
	for name := range entries {
		if !slices.Contains(names, name) {
			t.Errorf("%s: the entry %s is of nothing that there is", chapter, name)
		}
	}
}

func TestTheRunbookHasAnEntryForEveryReason(t *testing.T) {
	_, chapters := runbook(t)
	var codes []string
	for _, c := range exchange.Codes() {
		codes = append(codes, string(c))
	}
	covers(t, "raised reasons", chapters["Raised reasons"], codes)
}

func TestTheRunbookHasAnEntryForEveryDeadLetter(t *testing.T) {
	_, chapters := runbook(t)
	entries := chapters["Dead letters"]
	const places = "Where to look, and how to finish by hand"
	byHand := entries[places]
	delete(entries, places)
	var names []string
	for _, class := range rest.DeadClasses() {
		kind, code, _ := strings.Cut(class, "/")
		name := class
		if kind != "event" && kind != "announcement" {
			name = code
			if !strings.Contains(byHand, "\n| `"+kind+"` | ") {
				t.Errorf("the runbook does not say how to finish %s by hand", kind)
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	covers(t, "dead letters", entries, names)
}

// rule is an alerting rule.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (rules []rule) {
	t.Helper()
	b, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	if err := yaml.UnmarshalWithOptions(b, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		rules = append(rules, g.Rules...)
	}
	if len(rules) == 0 {
		t.Fatal("there are no rules")
	}
	return rules
}

func TestEveryAlertHasAnEntryInTheRunbook(t *testing.T) {
	_, chapters := runbook(t)
	var names []string
	for _, r := range alerts(t) {
		names = append(names, r.Alert)
		if want := "docs/runbook.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want {
			t.Errorf("%s: its runbook is %q, want %q", r.Alert, r.Annotations["runbook"], want)
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity %q", r.Alert, s)
		}
		if r.Annotations["summary"] == "" {
			t.Errorf("%s has no summary", r.Alert)
		}
		if r.For != "" {
			if _, err := time.ParseDuration(r.For); err != nil {
				t.Errorf("%s: for %q", r.Alert, r.For)
			}
		}
	}
	covers(t, "alerts", chapters["Alerts"], names)
}

var (
	selector = regexp.MustCompile(`\b(tradeback_[a-z_]+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`^\s*([a-z_]+)(=~|!~|=|!=)"([^"]*)"\s*$`)
)

// A metric or a label that nobody writes makes an alert that never fires.
func TestEveryAlertIsOfMetricsThatThereAre(t *testing.T) {
	m, _, _ := gathered(t, metricsStore(t), time.Now)
	all := ours(t, m)
	for _, r := range alerts(t) {
		found := selector.FindAllStringSubmatch(r.Expr, -1)
		if len(found) == 0 && !strings.HasPrefix(r.Expr, "up{") {
			t.Errorf("%s is of no metric", r.Alert)
		}
		for _, f := range found {
			name := f[1]
			if name == "tradeback_http_request_duration_seconds_bucket" { // with the first answer
				continue
			}
			family := all[name]
			if family == nil {
				t.Errorf("%s: there is no metric %s", r.Alert, name)
				continue
			}
			if f[2] == "" {
				continue
			}
			for _, one := range regexp.MustCompile(`,\s*`).Split(f[2], -1) {
				part := matcher.FindStringSubmatch(one)
				if part == nil {
					t.Errorf("%s: %s is no matcher", r.Alert, one)
					continue
				}
				for _, want := range strings.Split(part[3], "|") {
					if !slices.ContainsFunc(family.GetMetric(), func(x *dto.Metric) bool {
						return slices.ContainsFunc(x.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == part[1] && l.GetValue() == want })
					}) {
						t.Errorf("%s: %s has no series with %s=%q", r.Alert, name, part[1], want)
					}
				}
			}
		}
	}
}

var (
	fenced = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	code   = regexp.MustCompile("`([^`]+)`|(?m)^    (tradeback .*)$")
	anchor = regexp.MustCompile(`\]\(#([^)]+)\)`)
	noSlug = regexp.MustCompile(`[^a-z0-9_ -]`)
)

// What a document tells to type is there: commands with their flags, and where its links lead.
func TestWhatTheDocumentsTellToTypeIsReal(t *testing.T) {
	root, _ := newRoot(systemEnv())
	flags := map[string]bool{}
	var note func(*cobra.Command)
	note = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) { flags[f.Name] = true })
		for _, sub := range c.Commands() {
			note(sub)
		}
	}
	note(root)
	for file, want := range map[string]int{"docs/runbook.md": 100, "README.md": 40, "docs/security.md": 5, "CONTRIBUTING.md": 0, "SECURITY.md": 0, "docker-compose.yaml": 0} {
		b, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		headings := map[string]bool{}
		for _, line := range strings.Split(text, "\n") {
			if h, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
				headings[strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(h), ""), " ", "-")] = true
			}
		}
		for _, a := range anchor.FindAllStringSubmatch(text, -1) {
			if !headings[a[1]] {
				t.Errorf("%s: the link #%s leads nowhere", file, a[1])
			}
		}
		var lines []string
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			if slices.Contains([]string{"", "console", "sh"}, block[1]) {
				lines = append(lines, strings.Split(block[2], "\n")...)
			}
		}
		for _, span := range code.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			lines = append(lines, strings.Join(strings.Fields(span[1]+span[2]), " "))
		}
		commands := 0
		for _, line := range lines {
			line, _, _ = strings.Cut(line, " #")
			args := strings.Fields(line)
			switch {
			case len(args) > 1 && strings.TrimPrefix(args[0], "bin/") == "tradeback":
				commands++
				if fault := misspelt(root, args[1:]); fault != "" {
					t.Errorf("%s: %s: %s", file, line, fault)
				}
			case len(args) > 0 && strings.HasPrefix(args[0], "--"):
				if name, _, _ := strings.Cut(args[0][2:], "="); !flags[name] {
					t.Errorf("%s: %s: no command has that flag", file, line)
				}
			}
		}
		if commands < want {
			t.Errorf("%s: only %d commands were found, want %d at least", file, commands, want)
		}
	}
}

// misspelt says what is wrong with a command line; empty: nothing.
func misspelt(root *cobra.Command, args []string) string {
	c, rest, err := root.Find(args)
	if err != nil || c == root {
		return "no such command"
	}
	if c.HasSubCommands() {
		return "names no command of " + c.Name()
	}
	for _, a := range rest {
		if strings.ContainsAny(a, "|;>&<\\") { // the shell's
			break
		}
		name, isFlag := strings.CutPrefix(a, "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && c.Flags().Lookup(name) == nil {
			return "has no flag " + a
		}
	}
	return ""
}
