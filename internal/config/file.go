package config

import (
	"fmt"
	"os"
	"strings"
)

// readFile reads a settings file: lines of TRADEBACK_NAME=value as systemd and docker take them, with or
// without quotes; empty lines and those that begin with # are left out. No path is no file.
func readFile(path string) (map[string]entry, Faults) {
	if path == "" {
		return nil, nil
	}
	body, err := os.ReadFile(path) //nolint:gosec // whoever starts the process chooses the file
	if err != nil {
		return nil, Faults{{"TRADEBACK_CONFIG", err.Error()}}
	}
	given := map[string]entry{}
	var faults Faults
	for i, line := range strings.Split(string(body), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		place := fmt.Sprintf("%s line %d", path, i+1)
		name, text, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok: // the line itself may hold a secret
			faults = append(faults, Fault{place, "is not NAME=value"})
		case !known(name):
			faults = append(faults, Fault{place, name + " is no setting"})
		default:
			given[name] = entry{unquoted(strings.TrimSpace(text)), name + " (" + place + ")"}
		}
	}
	return given, faults
}

func unquoted(text string) string {
	for _, q := range []string{`"`, `'`} {
		if len(text) >= 2 && strings.HasPrefix(text, q) && strings.HasSuffix(text, q) {
			return text[1 : len(text)-1]
		}
	}
	return text
}
