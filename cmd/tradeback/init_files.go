package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// connectionsYAML is the connection as apply reads it. Secrets are names of variables.
func (a *answers) connectionsYAML() string {
	var b strings.Builder
	p := prefix(a.name)
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	secret := func(name string) string { return strconv.Quote("${" + p + name + "}") }
	line("# Written by tradeback init. The secrets are in tradeback.env. After a change: tradeback apply -f connections.yaml")
	line("connections:")
	line("  - name: %s", strconv.Quote(a.name))
	line("    ongoing:")
	line("      server: %s", a.server)
	line("      warehouse: %s", strconv.Quote(a.warehouse))
	line("      goods_owner_id: %s", a.goodsOwner)
	line("      username: %s", strconv.Quote(a.username))
	line("      password: %s", secret("ONGOING_PASSWORD"))
	line("      warehouse_id: %s", a.warehouseID)
	if a.statusesRead {
		for _, l := range strings.Split(strings.TrimSpace(a.statuses.YAML()), "\n") {
			line("      %s", l)
		}
	}
	line("      webhook_tokens: [%s]", secret("WEBHOOK_TOKEN"))
	line("    shopify:")
	line("      shop: %s", a.shop)
	webhookSecret := secret("SHOPIFY_SECRET")
	if a.clientID != "" {
		line("      client_id: %s", strconv.Quote(a.clientID))
		line("      client_secret: %s", secret("SHOPIFY_CLIENT_SECRET"))
		if !a.twoSecrets {
			webhookSecret = secret("SHOPIFY_CLIENT_SECRET")
		}
	} else {
		line("      access_token: %s", secret("SHOPIFY_TOKEN"))
	}
	line("      webhook_secrets: [%s]", webhookSecret)
	line("      location_id: %s", a.locationID)
	if a.portal {
		line("    portal:")
		line("      webhook_secrets: [%s]", secret("PORTAL_SECRET"))
	}
	if a.releaseOn != "" {
		line("    exchanges:")
		line("      release_on: %s", a.releaseOn)
	}
	return b.String()
}

// writeFiles writes connections.yaml and the env file.
func (b *beginning) writeFiles(a *answers, yaml string) error {
	b.made["TRADEBACK_CONNECTIONS"] = b.yaml()
	if hosts := strings.Join(b.settings.AllowHosts, ","); hosts != "" {
		b.made["TRADEBACK_ALLOW_HOST"] = hosts
	}
	var env strings.Builder
	env.WriteString("# Written by tradeback init for connection " + a.name + ". It holds secrets: keep it to yourself, and out of version control.\n" +
		"# In a shell: set -a; . ./tradeback.env; set +a; tradeback serve. For systemd: EnvironmentFile=.\n")
	for _, name := range slices.Sorted(maps.Keys(b.made)) {
		fmt.Fprintf(&env, "%s=%s\n", name, shellQuoted(b.made[name]))
	}
	for _, f := range []struct{ path, text string }{{b.envFile(), env.String()}, {b.yaml(), yaml}} {
		if err := replace(f.path, f.text); err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	return nil
}

// bare is text that no shell touches.
var bare = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,-]+$`)

func shellQuoted(text string) string {
	if bare.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
