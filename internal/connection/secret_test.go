package connection_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

func TestNothingPrintsASecret(t *testing.T) {
	c := parsed(t, full)
	type wrapped struct{ hidden connection.Connection }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		holds(t, verb, fmt.Sprintf(verb, c))
		holds(t, verb+" of a pointer", fmt.Sprintf(verb, &c))
		holds(t, verb+" of an unexported field", fmt.Sprintf(verb, wrapped{c}))
		holds(t, verb+" of a secret", fmt.Sprintf(verb, c.Ongoing.Password))
		hex := fmt.Sprintf("%x", secretsOf["NORDWEAR_ONGOING_PASSWORD"])
		if out := fmt.Sprintf(verb, wrapped{c}); strings.Contains(out, hex) {
			t.Errorf("%s shows a secret in hex: %s", verb, out)
		}
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "JSON", string(j))
	holds(t, "YAML", string(y))
	if !strings.Contains(string(j), `"password":"***"`) {
		t.Errorf("JSON does not mask the password: %s", j)
	}
}

func TestDiffSaysWhatChangesAndShowsNoSecret(t *testing.T) {
	old := parsed(t, full)
	next := parsed(t, edited(t, "deadline_days: 21", "deadline_days: 30", "${NORDWEAR_ONGOING_PASSWORD}", "another-password",
		"${NORDWEAR_WEBHOOK_TOKEN}", "another-token-of-32-hex-digits-00", "sent: [Sent, Collected]", "sent: [450]"))
	want := []connection.Change{
		{Field: "ongoing.password", Old: "***", New: "changed"},
		{Field: "ongoing.order_statuses.sent", Old: "[Sent, Collected]", New: "[450]"},
		{Field: "ongoing.webhook_tokens[0]", Old: "***", New: "changed"},
		{Field: "exchanges.deadline_days", Old: "21", New: "30"},
	}
	got := connection.Diff(old, next)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Diff =\n%v, want\n%v", got, want)
	}
	if same := connection.Diff(old, parsed(t, full)); len(same) != 0 {
		t.Errorf("Diff of equal connections = %v", same)
	}
	holds(t, "a first diff", fmt.Sprint(connection.Diff(connection.Connection{}, old)))
	gone := old
	gone.Portal = nil
	for _, ch := range connection.Diff(old, gone) {
		if !strings.HasPrefix(ch.Field, "portal.") || ch.New != "" {
			t.Errorf("without the portal: %+v", ch)
		}
	}
}

func TestTokensMatchTheirOwnAndNothingElse(t *testing.T) {
	c := parsed(t, edited(t, `["${NORDWEAR_WEBHOOK_TOKEN}"]`, "[0123456789abcdef, fedcba9876543210]"))
	both := c.Ongoing.WebhookTokens
	for _, m := range []struct {
		name      string
		tokens    connection.Tokens
		presented string
		slot      int
	}{
		{"the first", both, "0123456789abcdef", 0},
		{"the second", both, "fedcba9876543210", 1},
		{"another", both, "0123456789abcdee", -1},
		{"a part", both, "0123456789", -1},
		{"none presented", both, "", -1},
		{"the dropped one of two", both[1:], "0123456789abcdef", -1},
		{"no such connection", nil, "", -1},
		{"an empty slot", connection.Tokens{{}}, "", -1},
	} {
		if slot, ok := m.tokens.Match(m.presented, time.Time{}); slot != m.slot || ok != (m.slot >= 0) {
			t.Errorf("%s: Match = %d, %v, want %d", m.name, slot, ok, m.slot)
		}
	}
}

func TestResolveFindsNumbers(t *testing.T) {
	known := map[int]string{200: "Open", 300: "Released", 450: "Sent", 451: "Sent ", 500: "Collected", 800: "Returned", 1000: "Cancelled"}
	statuses := connection.OrderStatuses{
		Open: connection.StatusSet{"open"}, Returned: connection.StatusSet{"800"}, Released: connection.StatusSet{"Released"},
		Sent: connection.StatusSet{"Sent", "Collected"}, Cancelled: connection.StatusSet{"Cancelled"},
	}
	got, numbers, err := connection.Resolve(statuses.Roles(), known)
	want := connection.StatusMap{200: "open", 800: "returned", 300: "released", 450: "sent", 451: "sent", 500: "sent", 1000: "cancelled"}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("Resolve = %v, %v, want %v", got, err, want)
	}
	if numbers[exchange.RoleSent] != 450 {
		t.Errorf("the number to set for sent = %d, want 450", numbers[exchange.RoleSent])
	}
	statuses.Returned = connection.StatusSet{"Back", "200", "77"}
	_, _, err = connection.Resolve(statuses.Roles(), known)
	for _, part := range []string{`returned: there is no status "Back"`, `no status "77"`, "status 200 is both open and returned", "450 Sent"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not say %q", err, part)
		}
	}
}
