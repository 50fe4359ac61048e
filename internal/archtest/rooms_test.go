// Package archtest keeps the shape of the house: which room may import which, and that no float comes
// near money.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/tradeback/tradeback"
)

// leaves hold one small thing that any room may use, and import nothing of ours.
var leaves = []string{"internal/ident", "internal/limit", "internal/strictjson"}

// directions names for each room those that it may import. A folder that is not named belongs to the
// room above it. Imports point one way:
// cmd → server → webhooks, rest, console → peers' Decode, connection → store → exchange.
var directions = map[string][]string{
	"internal/exchange":   {},
	"internal/store":      {"internal/exchange"},
	"internal/audit":      {"internal/exchange", "internal/store"},
	"internal/connection": {"internal/audit", "internal/exchange", "internal/store"},

	// The engines, and the suite that each of them passes.
	"internal/store/storetest": {"internal/exchange", "internal/store"},
	"internal/store/sqlite":    {"internal/exchange", "internal/store"},
	"internal/store/redis":     {"internal/exchange", "internal/store"},

	// Redis servers for tests.
	"internal/store/redis/redistest": {},

	// What works for a connection. Two of these never meet: cmd hands each what it needs of the others.
	"internal/inbox":        {"internal/exchange", "internal/connection", "internal/store"},
	"internal/outbox":       {"internal/exchange", "internal/connection", "internal/store"},
	"internal/lane":         {"internal/exchange", "internal/connection", "internal/store"},
	"internal/reconcile":    {"internal/exchange", "internal/store"},
	"internal/announce":     {"internal/connection", "internal/exchange", "internal/store"},
	"internal/privacy":      {"internal/exchange", "internal/store"},
	"internal/subscription": {"internal/exchange", "internal/connection", "internal/store"},

	// What copies a store, or checks one.
	"internal/moving": {"internal/exchange", "internal/store"},

	// The peers and the portal: two peers never meet.
	"internal/ongoing": {"api/ongoingrest", "internal/exchange", "internal/connection", "internal/store", "internal/lane"},
	"internal/shopify": {"api/shopifygql", "internal/exchange", "internal/connection", "internal/store", "internal/lane"},
	"internal/portal":  {"internal/exchange", "internal/connection", "internal/store"},

	// What looks at a connection from all sides.
	"internal/doctor": {"internal/exchange", "internal/connection", "internal/store", "internal/lane", "internal/ongoing", "internal/shopify"},

	// What tells events again, as their doors do, and rebuilds exchanges.
	"internal/replay": {"internal/audit", "internal/exchange", "internal/connection", "internal/store", "internal/ongoing", "internal/shopify", "internal/portal"},

	// What is spoken to us.
	"webhooks":         {"internal/exchange", "internal/connection", "internal/store", "internal/ongoing", "internal/shopify", "internal/portal"},
	"internal/rest":    {"api", "internal/audit", "internal/privacy", "internal/doctor", "internal/replay", "internal/exchange", "internal/connection", "internal/store"},
	"internal/console": {"internal/exchange", "internal/connection", "internal/store"},
	"internal/server":  {"api", "webhooks", "internal/rest", "internal/console", "internal/exchange", "internal/connection", "internal/store"},

	"internal/config":  {},
	"internal/testkit": {},

	// The simulators share no mistake with us: not even in their tests.
	"internal/sim": {},

	// The demo plays over HTTP, as a stranger would.
	"internal/demo": {"internal/sim", "internal/config", "testdata"},

	"api":             {},
	"api/ongoingrest": {},
	"api/shopifygql":  {},
	"testdata":        {},
}

// anything are the rooms that wire the others together.
var anything = []string{"cmd/tradeback", "internal/bench", "internal/archtest", "internal/once"}

// testsOnly may be imported by tests alone, and by each other.
var testsOnly = []string{"internal/testkit", "internal/store/storetest", "internal/store/redis/redistest"}

func TestImportsPointOneWay(t *testing.T) {
	for _, f := range sources(t) {
		room := roomOf(f.dir)
		allowed, ok := directions[room]
		if !ok && !slices.Contains(anything, room) && !slices.Contains(leaves, room) {
			t.Errorf("%s: nobody said what this room may import; say it in archtest", f.name)
			continue
		}
		for _, target := range f.ours {
			to := roomOf(target)
			switch {
			case to == room:
			case slices.Contains(testsOnly, to) && !f.isTest && !slices.Contains(testsOnly, room):
				t.Errorf("%s imports %s, which is for tests", f.name, target)
			case strings.HasPrefix(to, "cmd/"):
				t.Errorf("%s imports %s", f.name, target)
			case room == "internal/sim":
				t.Errorf("%s imports %s: the simulators import nothing of ours", f.name, target)
			case slices.Contains(anything, room), f.isTest:
			case slices.Contains(leaves, to) && room != "internal/exchange" && !slices.Contains(leaves, room):
			case !slices.Contains(allowed, to):
				t.Errorf("%s imports %s: %s may import %v", f.name, target, room, allowed)
			}
		}
	}
}

func TestTheDomainNeedsTheStandardLibraryOnly(t *testing.T) {
	for _, f := range sources(t) {
		if f.isTest || roomOf(f.dir) != "internal/exchange" {
			continue
		}
		for _, p := range f.foreign {
			t.Errorf("%s imports %s", f.name, p)
		}
	}
}

// roomOf names the room of a package: the longest one that is listed, else the folder itself.
func roomOf(dir string) string {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := directions[d]; ok || slices.Contains(anything, d) || slices.Contains(leaves, d) {
			return d
		}
	}
	return dir
}

// source is one Go file of the repository.
type source struct {
	name, dir string
	isTest    bool
	ours      []string // folders of our packages that it imports
	foreign   []string // modules' packages that it imports
	file      *ast.File
	fset      *token.FileSet
}

// sources parses all Go files of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, err := os.Stat(filepath.Join(name, "go.mod")); name != root && err == nil {
				return filepath.SkipDir
			}
			if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || base == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		s, err := parse(name, nil)
		found = append(found, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("no source was found")
	}
	return found
}

// parse reads the Go file called name, or text in its stead.
func parse(name string, text any) (source, error) {
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return source{}, err
	}
	rel = filepath.ToSlash(rel)
	s := source{name: rel, dir: path.Dir(rel), isTest: strings.HasSuffix(rel, "_test.go"), fset: token.NewFileSet()}
	s.file, err = parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return s, err
	}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return s, err
		}
		first, _, _ := strings.Cut(p, "/")
		if target, ok := strings.CutPrefix(p, module+"/"); ok {
			s.ours = append(s.ours, target)
		} else if strings.Contains(first, ".") {
			s.foreign = append(s.foreign, p)
		}
	}
	return s, nil
}
