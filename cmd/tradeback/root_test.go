package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestAMistakeInTheCommandLineEndsWithStatus2(t *testing.T) {
	r := newRig(t)
	for _, args := range [][]string{
		{"bogus"},
		{"exchanges"},
		{"exchanges", "bogus"},
		{"version", "--bogus"},
		{"version", "extra"},
		{"exchanges", "show"},
		{"exchanges", "show", ""},
		{"exchanges", "list", "--limit", "0"},
		{"exchanges", "list", "--stage", "lost"},
		{"exchanges", "list", "--since", "yesterday"},
		{"exchanges", "list", "--since", "9999-12-31T23:59:59-23:59"},
		{"exchanges", "list", "--instant=perhaps"},
		{"events", "list", "--source", "nobody"},
		{"events", "list", "--result", "lost"},
		{"replay"},
		{"replay", "--event", "ev_1", "--file", "x"},
		{"sim"},
		{"apply"},
		{"apply", "-f", "-"},
		{"token", "create"},
		{"token", "create", "--name", "app", "--scopes", "everything"},
		{"token", "revoke", "tb_secret"},
		{"exchanges", "list", "--store", "/var/lib/tradeback.db"},
		{"exchanges", "list", "--store", "mysql://nowhere"},
	} {
		got := r.want(exitUsage, args...)
		if got.out != "" || strings.Count(got.errOut, "\n") != 1 || !strings.HasPrefix(got.errOut, "tradeback: ") {
			t.Errorf("tradeback %s: said %q and %q, want one line on stderr", strings.Join(args, " "), got.out, got.errOut)
		}
	}
}

func TestAReadWithoutAStoreIsNotFound(t *testing.T) {
	r := newRig(t)
	for _, args := range [][]string{
		{"exchanges", "list"}, {"exchanges", "why", "ex_1"}, {"events", "list"}, {"token", "list"}, {"replay", "--event", "ev_1"},
	} {
		r.want(exitNotFound, args...)
	}
}

func TestSettingsAtFaultAreReportedTogether(t *testing.T) {
	r := newRig(t)
	r.env = map[string]string{"TRADEBACK_CALL_TIMEOUT": "never"}
	got := r.want(exitUsage, "apply", "-f", "connections.yaml")
	for _, name := range []string{"TRADEBACK_STORE", "TRADEBACK_CALL_TIMEOUT", "TRADEBACK_KEY"} {
		if !strings.Contains(got.errOut, name) {
			t.Errorf("%s is not in %q", name, got.errOut)
		}
	}
}

func TestVersionAndCompletion(t *testing.T) {
	r := newRig(t)
	var v map[string]string
	r.json(&v, "version")
	if v["version"] != version || v["go"] == "" {
		t.Errorf("version = %v", v)
	}
	if got := r.want(0, "completion", "bash"); !strings.Contains(got.out, "bash completion") {
		t.Error("completion printed no completion")
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	root, _ := newRoot(env{})
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if c.Short == "" || !c.Runnable() && !c.HasSubCommands() {
			t.Errorf("%s: short %q, runnable: %t", c.CommandPath(), c.Short, c.Runnable())
		}
	}
	walk(root)
}

func TestTokens(t *testing.T) {
	r := newRig(t)
	var made struct {
		ID, Name, Key string
		Scopes        []string
	}
	r.json(&made, "token", "create", "--name", "app", "--scopes", "write,read")
	if !strings.HasPrefix(made.Key, "tb_") || made.Name != "app" || strings.Join(made.Scopes, " ") != "read write" {
		t.Errorf("made %+v", made)
	}
	plain := r.want(0, "token", "create", "--name", "other", "--scopes", "read")
	if !strings.HasPrefix(plain.out, "tb_") || strings.Count(plain.out, "\n") != 1 {
		t.Errorf("printed %q, want the key alone", plain.out)
	}
	r.want(exitNotFound, "token", "revoke", "key_unknown")
	r.want(0, "token", "revoke", made.ID)
	r.want(0, "token", "revoke", made.ID)
	var list page[map[string]any]
	r.json(&list, "token", "list")
	if len(list.Data) != 2 {
		t.Errorf("listed %v", list.Data)
	}
	for _, k := range list.Data {
		if revoked := k["revoked_at"] != nil; revoked != (k["name"] == "app") {
			t.Errorf("%v is revoked: %t", k["name"], revoked)
		}
	}
	for _, got := range []ran{r.run("token", "list"), r.run("token", "list", "--json")} {
		if strings.Contains(got.out, made.Key) || strings.Contains(got.out, "hash") {
			t.Errorf("a list shows a key: %s", got.out)
		}
	}
}

func TestListsAreNeverNull(t *testing.T) {
	r := newRig(t)
	r.store(false)
	for _, args := range [][]string{{"exchanges", "list"}, {"events", "list"}, {"token", "list"}} {
		var list map[string]json.RawMessage
		r.json(&list, args...)
		if string(list["data"]) != "[]" || string(list["next"]) != `""` {
			t.Errorf("tradeback %s: %s", strings.Join(args, " "), list)
		}
	}
}
