package connection_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
)

func TestEveryActionOnSettingsAndKeysHasAnEntry(t *testing.T) {
	m := newMemory()
	applied(t, m, full)
	applied(t, m, full) // changes nothing, and is no action
	applied(t, m, edited(t, "deadline_days: 21", "deadline_days: 30", "${NORDWEAR_ONGOING_PASSWORD}", "another-password-of-ongoing"))
	_, token, err := connection.RotateToken(t.Context(), m, sealer(t, 'a'), "nordwear", connection.Rotation{Keep: time.Hour}, ida, now)
	if err != nil {
		t.Fatal(err)
	}
	k, text, err := connection.NewKey("shop app", []connection.Scope{connection.ScopeRead}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := connection.SaveKey(t.Context(), m, k, ida); err != nil {
		t.Fatal(err)
	}
	if err := connection.UseKey(t.Context(), m, k, now); err != nil {
		t.Fatal(err)
	}
	made, _, again, err := connection.RotateKey(t.Context(), m, k.ID, connection.Rotation{Keep: time.Hour}, ida, now)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if _, err := connection.RevokeKey(t.Context(), m, made.ID, ida, now); err != nil {
			t.Fatal(err)
		}
	}
	secrets := []string{subscribed(t, m, "crm")}
	events, s := []string{"exchange.*"}, sealer(t, 'a')
	for range 2 { // the second time changes nothing
		if _, err := connection.ChangeSubscriber(t.Context(), m, s, "nordwear", "crm", nil, events, connection.Options{}, ida, now); err != nil {
			t.Fatal(err)
		}
	}
	_, newer, err := connection.RotateSubscriber(t.Context(), m, s, "nordwear", "crm", time.Hour, ida, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := connection.Unsubscribe(t.Context(), m, s, "nordwear", "crm", ida, now); err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, newer, "hush")
	var got []string
	for _, e := range m.lines {
		if e.Name != "ida" || e.User != "root" || e.By != "person" || e.At.IsZero() {
			t.Errorf("%s is by %+v at %s", e.Action, e.Actor, e.At)
		}
		got = append(got, e.Action+" "+e.Target)
	}
	want := fmt.Sprint([]string{
		"connections.apply nordwear", "connections.apply nordwear", "webhook_tokens.rotate nordwear",
		"keys.create " + k.ID, "keys.rotate " + made.ID, "keys.revoke " + made.ID,
		"subscribers.create crm", "subscribers.change crm", "subscribers.rotate crm", "subscribers.remove crm",
	})
	if fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	text2, err := json.Marshal(m.lines)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the audit chain", string(text2))
	for _, secret := range append(secrets, token, text, again, k.Hash, made.Hash, "another-password") {
		if strings.Contains(string(text2), secret) {
			t.Errorf("the audit chain shows %s", secret)
		}
	}
	second := m.lines[1].Changes
	if len(second) != 2 || second[0].After != "changed" || second[1].Before != "21" || second[1].After != "30" {
		t.Errorf("the second apply is kept as %+v", second)
	}
}
