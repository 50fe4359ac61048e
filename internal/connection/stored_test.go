package connection_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

func TestSealedConnectionsOpenUnderTheirOwnKeyOnly(t *testing.T) {
	c := parsed(t, full)
	body, err := connection.Seal(c, sealer(t, 'a'))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the stored form", string(body))
	got, err := connection.Open(body, sealer(t, 'a'))
	if err != nil || len(connection.Diff(c, got)) != 0 {
		t.Fatalf("Open = %v, differs in %v", err, connection.Diff(c, got))
	}
	var wrong *connection.KeyError
	if _, err := connection.Open(body, sealer(t, 'b')); !errors.As(err, &wrong) || !strings.Contains(err.Error(), sealer(t, 'a').KeyID()) {
		t.Errorf("Open with another key = %v, want a KeyError that names the key", err)
	}
}

func TestSealedSecretsStayInTheirPlace(t *testing.T) {
	body, err := connection.Seal(parsed(t, full), sealer(t, 'a'))
	if err != nil {
		t.Fatal(err)
	}
	var stored connection.Stored
	if err := json.Unmarshal(body, &stored); err != nil {
		t.Fatal(err)
	}
	reopen := func(change func(*connection.Stored)) error {
		moved := stored
		moved.Sealed = map[string]string{}
		for field, sealed := range stored.Sealed {
			moved.Sealed[field] = sealed
		}
		change(&moved)
		b, err := json.Marshal(moved)
		if err != nil {
			t.Fatal(err)
		}
		_, err = connection.Open(b, sealer(t, 'a'))
		return err
	}
	for name, change := range map[string]func(*connection.Stored){
		"in another field": func(s *connection.Stored) {
			s.Sealed["shopify.access_token"] = s.Sealed["ongoing.password"]
		},
		"in another connection": func(s *connection.Stored) {
			s.Connection = bytes.Replace(s.Connection, []byte(`"name":"nordwear"`), []byte(`"name":"other"`), 1)
		},
		"cut short":         func(s *connection.Stored) { s.Sealed["ongoing.password"] = s.Sealed["ongoing.password"][:8] },
		"in a later format": func(s *connection.Stored) { s.Format = 2 },
		"a broken digest":   func(s *connection.Stored) { s.Tokens = []string{"zz"} },
	} {
		if err := reopen(change); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
	if err := reopen(func(*connection.Stored) {}); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestMarksTellCredentialsApart(t *testing.T) {
	a := sealer(t, 'a')
	c := parsed(t, full)
	again := parsed(t, edited(t, "deadline_days: 21", "deadline_days: 30"))
	other := parsed(t, edited(t, "${NORDWEAR_ONGOING_PASSWORD}", "another-password"))
	mark := a.CredentialsMark(c, exchange.PeerOngoing)
	if mark != a.CredentialsMark(again, exchange.PeerOngoing) {
		t.Error("another deadline changes the credentials' mark")
	}
	if mark == a.CredentialsMark(other, exchange.PeerOngoing) {
		t.Error("another password has the same mark")
	}
	if a.CredentialsMark(c, exchange.PeerShopify) != a.CredentialsMark(other, exchange.PeerShopify) {
		t.Error("Ongoing's password changes Shopify's mark")
	}
	if mark == sealer(t, 'b').CredentialsMark(c, exchange.PeerOngoing) {
		t.Error("the mark can be made without the key")
	}
	if a.Mark("ab", "c") == a.Mark("a", "bc") {
		t.Error("parts run into each other")
	}
}

func TestSealerFromTheEnvironment(t *testing.T) {
	const good = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="
	files := func(path string) ([]byte, error) {
		if path == "/key" {
			return []byte(good + "\n"), nil
		}
		return nil, os.ErrNotExist
	}
	for _, c := range []struct {
		name, key, file, wrong string
	}{
		{"the key", good, "", ""},
		{"a file", "", "/key", ""},
		{"both", good, "/key", "TRADEBACK_KEY_FILE are both set"},
		{"neither", "", "", "TRADEBACK_KEY is not set"},
		{"no such file", "", "/none", "TRADEBACK_KEY_FILE"},
		{"a short key", "c2hvcnQ=", "", "TRADEBACK_KEY: must be 32 bytes"},
		{"not base64", "hunter2", "", "TRADEBACK_KEY: must be 32 bytes"},
	} {
		env := map[string]string{"TRADEBACK_KEY": c.key, "TRADEBACK_KEY_FILE": c.file}
		_, err := connection.SealerFrom(func(n string) string { return env[n] }, files)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: got %v, want … %s …", c.name, err, c.wrong)
		}
	}
}
