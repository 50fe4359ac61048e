package config

import (
	"encoding/base64"
	"errors"
	"os"
	"strings"
)

// key finds the key under which secrets lie in the store, in TRADEBACK_KEY or in the file that
// TRADEBACK_KEY_FILE names. Either in the environment beats either in the settings file.
func (s sources) key() (Secret, Faults) {
	for _, in := range []func(string) entry{s.inEnv, s.inFile} {
		switch key, path := in("TRADEBACK_KEY"), in("TRADEBACK_KEY_FILE"); {
		case key.text != "" && path.text != "":
			return Secret{}, Faults{{key.where, "is set, and TRADEBACK_KEY_FILE too: one is enough"}}
		case key.text != "":
			return checked(key)
		case path.text != "":
			body, err := os.ReadFile(path.text)
			if err != nil {
				return Secret{}, Faults{{path.where, err.Error()}}
			}
			return checked(entry{string(body), path.where})
		}
	}
	return Secret{}, Faults{{"TRADEBACK_KEY", "is not set: secrets in the store are sealed with it; make one with: openssl rand -base64 32"}}
}

func checked(key entry) (Secret, Faults) {
	text := strings.TrimSpace(key.text)
	if err := checkKey(text); err != nil {
		return Secret{}, Faults{{key.where, err.Error()}}
	}
	return NewSecret(text), nil
}

func checkKey(key string) error {
	raw, err := base64.StdEncoding.Strict().DecodeString(key)
	if err != nil || len(raw) != 32 {
		return errors.New("must be 32 bytes in base64, as from: openssl rand -base64 32")
	}
	return nil
}
