package config

import "strings"

// Fault is one thing wrong with the settings. Message never holds a secret.
type Fault struct {
	Name    string `json:"name"` // TRADEBACK_LISTEN, --listen, or a place in the settings file
	Message string `json:"message"`
}

// Faults is everything wrong with the settings.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Name + ": " + f.Message
	}
	return strings.Join(lines, "\n")
}

// asError is fs, or nil if nothing is wrong.
func (fs Faults) asError() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}
