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
		"redis://localhost:6379":   "redis:// is no store that is a file",
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

func TestAStoreURLHasAKind(t *testing.T) {
	for url, want := range map[string]config.Kind{
		"sqlite:///var/lib/tradeback/tradeback.db":        config.SQLite,
		"redis://localhost:6379":                          config.Redis,
		"rediss://user:hunter2@redis.example:6380/1":      config.Redis,
		"redis+cluster://a:7000?addr=b:7000":              config.Redis,
		"rediss+cluster://a:7000":                         config.Redis,
		"redis+sentinel://a:26379/?master_name=tradeback": config.Redis,
	} {
		if got, err := config.StoreKind(url); err != nil || got != want {
			t.Errorf("StoreKind(%s) = %s, %v, want %s", url, got, err, want)
		}
	}
	for url, want := range map[string]string{
		"":                           "is not set",
		"redis://":                   "names no server: write redis://HOST:PORT",
		"redis+":                     "must be a URL",
		"redis+://h":                 "redis+:// is no kind of Redis",
		"redis+ring://u:hunter2@h":   "redis+ring:// is no kind of Redis",
		"redis://u:hunter2%zz@h":     "cannot be read",
		"postgres://u:hunter2@h/db":  "postgres:// is no store that is a file: write sqlite:///path/to/tradeback.db, or redis://HOST:PORT",
		"rediscluster://u:hunter2@h": "rediscluster:// is no store",
	} {
		_, err := config.StoreKind(url)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("StoreKind(%s) = %v, want %s", url, err, want)
		}
	}
}
