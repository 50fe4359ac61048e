package config_test

import (
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/config"
)

func TestAStoreURLNamesAFile(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:///var/lib/tradeback/tradeback.db": "/var/lib/tradeback/tradeback.db",
		"sqlite:///a%20b.db":                       "/a b.db",
		"sqlite://here.db":                         "here.db",
	} {
		got, err := config.StorePath(url)
		if err != nil || got != want {
			t.Errorf("StorePath(%s) = %s, %v, want %s", url, got, err, want)
		}
	}
}

func TestAFaultOfAStoreURLSaysWhatToWrite(t *testing.T) {
	for url, want := range map[string]string{
		"":                         "is not set: give the URL of the store",
		"/var/lib/tradeback.db":    "must be a URL, not a path: for this file write sqlite:///var/lib/tradeback.db",
		"redis://localhost:6379":   "redis:// is no store that this tradeback knows",
		"sqlite://":                "names no file",
		"sqlite:///var/lib/":       "names no file",
		"sqlite:///a.db?mode=ro":   "must end after the file's name",
		"postgres://u:hunter2@h/d": "postgres:// is no store",
	} {
		_, err := config.StorePath(url)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("StorePath(%s) = %v, want %s", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("StorePath(%s) shows a secret: %v", url, err)
		}
	}
}
