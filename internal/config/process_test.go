package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/tradeback/tradeback/internal/config"
)

const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// load reads settings as a command with these arguments and this environment does.
func load(t *testing.T, env map[string]string, args []string, names ...string) (config.Process, error) {
	t.Helper()
	var c config.Process
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	c.Flags(fs, names...)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c, c.Load(func(name string) string { return env[name] })
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFlagBeatsTheEnvironmentBeatsTheFile(t *testing.T) {
	settings := file(t, "tradeback.env", `# comment

TRADEBACK_STORE=sqlite:///from/file.db
TRADEBACK_LISTEN=":1"
TRADEBACK_QUIET = '1s'
TRADEBACK_ALLOW_HOST=a:1,b:2
TRADEBACK_KEY=`+key+`
`)
	env := map[string]string{
		"TRADEBACK_CONFIG": settings, "TRADEBACK_LISTEN": ":2", "TRADEBACK_QUIET": "2s",
	}
	c, err := load(t, env, []string{"--quiet", "3s", "--ops-listen", ""})
	if err != nil {
		t.Fatal(err)
	}
	if c.Store != "sqlite:///from/file.db" || c.Listen != ":2" || c.Quiet != 3*time.Second || c.OpsListen != "" {
		t.Errorf("got store %s, listen %s, quiet %s, ops %q", c.Store, c.Listen, c.Quiet, c.OpsListen)
	}
	if want := []string{"a:1", "b:2"}; !slices.Equal(c.AllowHosts, want) {
		t.Errorf("allowed hosts = %q, want %q", c.AllowHosts, want)
	}
	if c.Key.Reveal() != key {
		t.Error("the key of the file was not read")
	}
	if c.CallTimeout != 20*time.Second || c.RetryFirst != time.Second {
		t.Errorf("defaults: call time-out %s, first retry %s", c.CallTimeout, c.RetryFirst)
	}
}

func TestEveryFaultIsReportedByItsName(t *testing.T) {
	settings := file(t, "tradeback.env", "TRADEBACK_LISTEN=nowhere\nTRADEBACK_COLOUR=red\nhunter2\n")
	_, err := load(t, map[string]string{
		"TRADEBACK_CONFIG": settings, "TRADEBACK_QUIET": "soon", "TRADEBACK_KEY": "hunter2", "TRADEBACK_ALLOW_HOST": "localhost",
	}, []string{"--call-timeout", "0s", "--ops-listen", "x"})
	if err == nil {
		t.Fatal("no fault was found")
	}
	got := strings.ReplaceAll(err.Error(), settings, "FILE")
	want := `FILE line 2: TRADEBACK_COLOUR is no setting
FILE line 3: is not NAME=value
TRADEBACK_STORE: is not set: give the URL of the store here or with --store, such as sqlite:///var/lib/tradeback/tradeback.db
TRADEBACK_LISTEN (FILE line 1): "nowhere" is no address to listen on: give HOST:PORT or :PORT
--ops-listen: "x" is no address to listen on: give HOST:PORT or :PORT
TRADEBACK_ALLOW_HOST: "localhost" must be HOST:PORT, such as 127.0.0.1:7001
--call-timeout: must be more than 0, such as 20s
TRADEBACK_QUIET: time: invalid duration "soon"
TRADEBACK_KEY: must be 32 bytes in base64, as from: openssl rand -base64 32`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the report shows a secret")
	}
}

func TestTheKeyIsFound(t *testing.T) {
	good, bad := file(t, "key", key+"\n"), file(t, "bad", "short")
	for _, c := range []struct{ name, key, file, fault string }{
		{"in a variable", key, "", ""},
		{"in a file", "", good, ""},
		{"twice", key, good, "TRADEBACK_KEY: is set, and TRADEBACK_KEY_FILE too: one is enough"},
		{"in no file", "", good + "x", "TRADEBACK_KEY_FILE: open "},
		{"too short", "", bad, "TRADEBACK_KEY_FILE: must be 32 bytes"},
		{"nowhere", "", "", "TRADEBACK_KEY: is not set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := load(t, map[string]string{"TRADEBACK_KEY": c.key, "TRADEBACK_KEY_FILE": c.file}, nil, "key")
			switch {
			case c.fault == "" && (err != nil || got.Key.Reveal() != key):
				t.Errorf("got %v, key right: %t", err, got.Key.Reveal() == key)
			case c.fault != "" && (err == nil || !strings.HasPrefix(err.Error(), c.fault)):
				t.Errorf("got %v, want %s…", err, c.fault)
			}
		})
	}
}

func TestTheEnvironmentsKeyFileBeatsTheFilesKey(t *testing.T) {
	settings := file(t, "tradeback.env", "TRADEBACK_KEY=nonsense")
	c, err := load(t, map[string]string{"TRADEBACK_CONFIG": settings, "TRADEBACK_KEY_FILE": file(t, "key", key)}, nil, "key")
	if err != nil || c.Key.Reveal() != key {
		t.Errorf("got %v, key right: %t", err, c.Key.Reveal() == key)
	}
}

func TestACommandHasTheFlagsItNames(t *testing.T) {
	var c config.Process
	fs := pflag.NewFlagSet("apply", pflag.ContinueOnError)
	c.Flags(fs, "store", "allow-host", "key")
	var got []string
	fs.VisitAll(func(f *pflag.Flag) { got = append(got, f.Name) })
	if want := []string{"allow-host", "config", "store"}; !slices.Equal(got, want) {
		t.Errorf("flags = %q, want %q", got, want)
	}
}

func TestTheKeyIsNeverPrinted(t *testing.T) {
	c, err := load(t, map[string]string{"TRADEBACK_KEY": key}, nil, "key")
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), string(body)} {
		if strings.Contains(text, "AAAAA") || !strings.Contains(text, "***") {
			t.Errorf("printed as %s", text)
		}
	}
}

func TestTheKeyCanBeLoadedLater(t *testing.T) {
	settings := file(t, "tradeback.env", "TRADEBACK_KEY="+key)
	env := map[string]string{"TRADEBACK_CONFIG": settings, "TRADEBACK_STORE": "sqlite:///a.db"}
	c, err := load(t, env, nil, "store")
	if err != nil || c.Key.Reveal() != "" {
		t.Fatalf("Load without the key = %v, key %s", err, c.Key)
	}
	if err := c.LoadKey(func(name string) string { return env[name] }); err != nil || c.Key.Reveal() != key {
		t.Errorf("LoadKey = %v, key right: %t", err, c.Key.Reveal() == key)
	}
}

func TestProxiesAreAddressesOrNetworks(t *testing.T) {
	c, err := load(t, map[string]string{"TRADEBACK_STORE": "sqlite:///a.db", "TRADEBACK_KEY": key}, []string{"--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8,::1"})
	if want := "[127.0.0.1/32 10.0.0.0/8 ::1/128]"; err != nil || fmt.Sprint(c.TrustedProxies) != want {
		t.Errorf("got %v, %v, want %s", c.TrustedProxies, err, want)
	}
}

func TestAPublicURLIsOneThatShopifyCallsBack(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "https://tb.example.com/": "https://tb.example.com", "https://tb.example.com/in/": "https://tb.example.com/in",
		"http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://localhost": "http://localhost",
		"http://tb.example.com": "must begin with https", "tb.example.com": "must be a URL", "https://a:hunter2@tb.example.com": "must be a URL",
		"https://tb.example.com/?a=b": "must be a URL", "ftp://127.0.0.1": "must begin with https",
	} {
		c, err := load(t, map[string]string{"TRADEBACK_PUBLIC_URL": text}, nil, "public-url")
		switch {
		case err == nil && c.PublicURL != want:
			t.Errorf("%q is read as %q, want %q", text, c.PublicURL, want)
		case err != nil && (!strings.HasPrefix(want, "must") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestReconcileCanBeSwitchedOff(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 15 * time.Minute, "0": 0, "90s": 90 * time.Second} {
		c, err := load(t, map[string]string{"TRADEBACK_RECONCILE": text}, nil, "reconcile")
		if err != nil || c.Reconcile != want {
			t.Errorf("%q is read as %s, %v; want %s", text, c.Reconcile, err, want)
		}
	}
	if _, err := load(t, map[string]string{"TRADEBACK_RECONCILE": "-1s"}, nil, "reconcile"); err == nil {
		t.Error("a negative interval is taken")
	}
}
