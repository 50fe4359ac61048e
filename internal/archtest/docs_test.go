package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	runLine = regexp.MustCompile(`(?m)^    go test \./(\S+) -run '([^']+)'$`)
	mdLink  = regexp.MustCompile(`\]\(([^)#]+)\)`)
)

// What docs/security.md and docs/faults.md say can be checked is there to be checked: tests by name, and files.
func TestWhatIsPromisedHasItsTests(t *testing.T) {
	for file, ids := range map[string][]string{
		"security.md": {"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S11", "S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S27", "S28", "S29", "S30"},
		"faults.md":   append(numbered("I", 11), numbered("F", 25)...),
	} {
		t.Run(file, func(t *testing.T) { hasItsTests(t, file, ids) })
	}
}

func numbered(letter string, last int) (ids []string) {
	for n := range last {
		ids = append(ids, letter+strconv.Itoa(n+1))
	}
	return ids
}

func hasItsTests(t *testing.T, file string, ids []string) {
	b, err := os.ReadFile(root + "/docs/" + file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	funcs := map[string]string{} // the tests of a room, as text
	for _, line := range runLine.FindAllStringSubmatch(text, -1) {
		room := line[1]
		if funcs[room] == "" {
			files, err := filepath.Glob(filepath.Join(root, room, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				src, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				funcs[room] += string(src)
			}
		}
		for _, name := range strings.Split(line[2], "|") {
			if !strings.Contains(funcs[room], "\nfunc "+name+"(") {
				t.Errorf("%s has no test %s", room, name)
			}
		}
	}
	sections := strings.Split(text, "\n### ")[1:]
	for _, s := range sections {
		if heading, _, _ := strings.Cut(s, "\n"); !runLine.MatchString(s) {
			t.Errorf("%s: names no test", heading)
		}
	}
	for _, id := range ids {
		if !strings.Contains(text, "\n### "+id+" ") {
			t.Errorf("docs/%s has no %s", file, id)
		}
	}
	for _, link := range mdLink.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(root, "docs", link[1])); err != nil {
			t.Errorf("docs/%s links to %s, which is not there", file, link[1])
		}
	}
}
