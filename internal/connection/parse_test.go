package connection_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

func TestParseReadsEverySetting(t *testing.T) {
	c := parsed(t, full)
	want := exchange.Policy{
		ReleaseOn: "return_closed", Partial: "wait", MarkReturned: true, ProcessReturn: true, Payment: "capture_on_sent",
		Deposit: "difference", DeadlineDays: 21, AfterDeadline: "raise", Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}",
		OriginalOrder: []string{"{order}", "{order_without_hash}"},
		Limits:        []exchange.Limit{{Currency: "SEK", Act: 500000, Day: 10000000}},
	}
	if got := c.Policy(); !reflect.DeepEqual(got, want) {
		t.Errorf("Policy = %+v, want %+v", got, want)
	}
	for _, s := range []struct{ name, got, want string }{
		{"Ongoing's URL", c.OngoingURL(), "https://api.ongoingsystems.se/nordwear/api/v1/"},
		{"Shopify's URL", c.ShopifyURL(), "https://nordwear.myshopify.com/admin/api/2026-10/graphql.json"},
		{"the token URL", c.ShopifyTokenURL(), "https://nordwear.myshopify.com/admin/oauth/access_token"},
		{"the password", c.Ongoing.Password.Reveal(), "hunter2-ongoing"},
		{"the shop's token", c.Shopify.AccessToken.Reveal(), "shpat_0123456789"},
		{"the portal's secret", c.Portal.WebhookSecrets[0].Reveal(), "whsec_portal"},
		{"sent", strings.Join(c.Ongoing.OrderStatuses.Sent, " "), "Sent Collected"},
	} {
		if s.got != s.want {
			t.Errorf("%s = %q, want %q", s.name, s.got, s.want)
		}
	}
	if _, ok := c.Ongoing.WebhookTokens.Match(secretsOf["NORDWEAR_WEBHOOK_TOKEN"], time.Time{}); !ok {
		t.Error("the webhook token does not match itself")
	}
}

func TestParseFillsInDefaults(t *testing.T) {
	exchanges := full[strings.Index(full, "    exchanges:\n"):]
	portal := full[strings.Index(full, "    portal:\n"):strings.Index(full, "    exchanges:\n")]
	with := parsed(t, edited(t, exchanges, "", "      signature_header: X-Webhook-Signature\n", ""))
	if whole := parsed(t, edited(t, full[strings.Index(full, "      limits:\n"):], "")); len(connection.Diff(whole, with)) != 0 {
		t.Errorf("without its exchanges section it differs: %+v", connection.Diff(whole, with))
	}
	without := parsed(t, edited(t, exchanges, "", portal, "", "      server: api\n", "", "    enabled: true\n", ""))
	if got := without.Exchanges.ReleaseOn; got != exchange.OnReturnOrder {
		t.Errorf("without a portal release_on = %q, want return_order", got)
	}
	if !without.Enabled || without.Ongoing.Server != "api" {
		t.Errorf("defaults: enabled %v, server %q", without.Enabled, without.Ongoing.Server)
	}
}

func TestParseUnderstandsAddresses(t *testing.T) {
	const allow = "127.0.0.1:9001"
	for _, c := range []struct {
		name, server, warehouse, ongoing string
	}{
		{"a short name", "wms2", "nordwear", "https://wms2.ongoingsystems.se/nordwear/api/v1/"},
		{"a host", "wms3.ongoingsystems.se", "nordwear", "https://wms3.ongoingsystems.se/nordwear/api/v1/"},
		{"a base URL", "https://wms3.ongoingsystems.se/", "nordwear", "https://wms3.ongoingsystems.se/nordwear/api/v1/"},
		{"a pasted login address", "api", "https://nordwear.ongoingsystems.se/Nord_1/Login.aspx?x=1", "https://api.ongoingsystems.se/Nord_1/api/v1/"},
		{"a pasted address without its scheme", "api", "nordwear.ongoingsystems.se/nordwear/", "https://api.ongoingsystems.se/nordwear/api/v1/"},
		{"a rehearsal", "http://127.0.0.1:9001/", "nordwear", "http://127.0.0.1:9001/nordwear/api/v1/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parsed(t, edited(t, "server: api", "server: "+c.server, "warehouse: nordwear", "warehouse: "+c.warehouse), allow)
			if got.OngoingURL() != c.ongoing {
				t.Errorf("OngoingURL = %s, want %s", got.OngoingURL(), c.ongoing)
			}
		})
	}
	shop := parsed(t, edited(t, "shop: nordwear.myshopify.com", "shop: http://127.0.0.1:9001"), allow)
	if want := "http://127.0.0.1:9001/admin/oauth/access_token"; shop.ShopifyTokenURL() != want {
		t.Errorf("ShopifyTokenURL = %s, want %s", shop.ShopifyTokenURL(), want)
	}
}

func TestParseReportsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string
		line     int
		field    string // after connections[0].
		message  string
	}{
		{"a name with capitals", "name: nordwear", "name: Nordwear", 2, "name", "1 to 40"},
		{"no name", "name: nordwear\n    enabled: true", "enabled: true", 2, "name", "is missing"},
		{"an unknown setting", "goods_owner_id: 42", "goods_owner: 42", 7, "ongoing.goods_owner", "is not a setting"},
		{"a setting given twice", "warehouse_id: 1", "warehouse_id: 1\n      warehouse_id: 2", 11, "ongoing.warehouse_id", "twice"},
		{"a number that is none", "goods_owner_id: 42", "goods_owner_id: forty", 7, "ongoing.goods_owner_id", "whole number"},
		{"a goods owner of 0", "goods_owner_id: 42", "goods_owner_id: 0", 7, "ongoing.goods_owner_id", "missing"},
		{"a switch that is none", "instant: false", "instant: maybe", 24, "exchanges.instant", "true or false"},
		{"a username that is a person's", "username: WSInordwear", "username: anna", 8, "ongoing.username", "begin with WSI"},
		{"no password", "      password: ${NORDWEAR_ONGOING_PASSWORD}\n", "", 4, "ongoing.password", "is missing"},
		{"a variable that is not set", "${NORDWEAR_ONGOING_PASSWORD}", "${NO_SUCH}", 9, "ongoing.password", "NO_SUCH is not set"},
		{"a variable without a name", "${NORDWEAR_ONGOING_PASSWORD}", "${1-2}", 9, "ongoing.password", "not the name"},
		{"a mask pasted back", "${NORDWEAR_ONGOING_PASSWORD}", `"***"`, 9, "ongoing.password", "is missing"},
		{"an API server elsewhere", "server: api", "server: https://evil.example", 5, "ongoing.server", "--allow-host"},
		{"an API server that only ends alike", "server: api", "server: https://evilongoingsystems.se", 5, "ongoing.server", "--allow-host"},
		{"an API server by plain http", "server: api", "server: http://wms1.ongoingsystems.se", 5, "ongoing.server", "--allow-host"},
		{"an API server on another port", "server: api", "server: https://wms1.ongoingsystems.se:8443", 5, "ongoing.server", "--allow-host"},
		{"an API server with a user", "server: api", "server: https://a@wms1.ongoingsystems.se", 5, "ongoing.server", "end after the host"},
		{"a rehearsal that is not allowed", "server: api", "server: http://127.0.0.1:9001", 5, "ongoing.server", "--allow-host"},
		{"a warehouse address elsewhere", "warehouse: nordwear", "warehouse: https://evil.example/nordwear/", 6, "ongoing.warehouse", "is not an address"},
		{"a warehouse that climbs", "warehouse: nordwear", "warehouse: ../x", 6, "ongoing.warehouse", "is not an address"},
		{"an empty role", "open: [Open]", "open: []", 11, "ongoing.order_statuses.open", "at least 1"},
		{"a missing role", "cancelled: [Cancelled]", "", 11, "ongoing.order_statuses.cancelled", "at least 1"},
		{"a status in two roles", "sent: [Sent, Collected]", "sent: [Sent, open]", 11, "ongoing.order_statuses.sent[1]", "already stands for open"},
		{"a number in two roles", "open: [Open], returned: [Returned]", "open: [200], returned: [200]", 11, "ongoing.order_statuses.returned[0]", "already stands for open"},
		{"a return status in two roles", "notified: [Notified]", "notified: [Returned]", 12, "ongoing.return_order_statuses.returned[0]", "already stands for notified"},
		{"a status that is no list", "open: [Open]", "open: Open", 11, "ongoing.order_statuses.open", "must be a list"},
		{"a short token", "${NORDWEAR_WEBHOOK_TOKEN}", "short", 13, "ongoing.webhook_tokens[0]", "at least 16"},
		{"a token with a space", "${NORDWEAR_WEBHOOK_TOKEN}", "0123456789abcdef 0", 13, "ongoing.webhook_tokens[0]", "visible ASCII"},
		{"no token", `["${NORDWEAR_WEBHOOK_TOKEN}"]`, "[]", 13, "ongoing.webhook_tokens", "at least 1"},
		{"three tokens", `["${NORDWEAR_WEBHOOK_TOKEN}"]`, "[0123456789abcdef0, 0123456789abcdef1, 0123456789abcdef2]", 13, "ongoing.webhook_tokens", "at most 2"},
		{"a token twice", `["${NORDWEAR_WEBHOOK_TOKEN}"]`, "[0123456789abcdef0, 0123456789abcdef0]", 13, "ongoing.webhook_tokens[1]", "same as the first"},
		{"a shop elsewhere", "shop: nordwear.myshopify.com", "shop: nordwear.example.com", 15, "shopify.shop", "nordwear.myshopify.com"},
		{"a shop that only ends alike", "shop: nordwear.myshopify.com", "shop: nordwear.myshopify.com.evil.example", 15, "shopify.shop", "nordwear.myshopify.com"},
		{"no shop", "shop: nordwear.myshopify.com\n      access_token", "access_token", 14, "shopify.shop", "is missing"},
		{"no credentials", "      access_token: ${NORDWEAR_SHOPIFY_TOKEN}\n", "", 14, "shopify.access_token", "client_id and client_secret"},
		{"both credentials", "      access_token:", "      client_id: a\n      client_secret: b\n      access_token:", 18, "shopify.access_token", "not both"},
		{"half of the credentials", "access_token: ${NORDWEAR_SHOPIFY_TOKEN}", "client_id: a", 14, "shopify.client_secret", "beside client_id"},
		{"no webhook secret", `["${NORDWEAR_SHOPIFY_SECRET}"]`, "[]", 17, "shopify.webhook_secrets", "at least 1"},
		{"an empty webhook secret", `["${NORDWEAR_SHOPIFY_SECRET}"]`, `[""]`, 17, "shopify.webhook_secrets[0]", "is missing"},
		{"a location that is none", "gid://shopify/Location/1", "1", 18, "shopify.location_id", "gid://shopify/Location/1"},
		{"a portal without a secret", `["${NORDWEAR_PORTAL_SECRET}"]`, "[]", 20, "portal.webhook_secrets", "at least 1"},
		{"a pointer that is none", "id: /id", "id: id", 22, "portal.fields.id", "JSON pointer"},
		{"a header that is none", "X-Webhook-Signature", "X Webhook", 21, "portal.signature_header", "name of a header"},
		{"an unknown release", "release_on: return_closed", "release_on: whenever", 26, "exchanges.release_on", "one of return_closed, return_order, both, either"},
		{"an unknown partial policy", "partial: wait", "partial: hope", 27, "exchanges.partial", "one of"},
		{"an unknown payment", "payment: capture_on_sent", "payment: later", 30, "exchanges.payment", "one of"},
		{"an unknown deposit", "deposit: difference", "deposit: all", 31, "exchanges.deposit", "one of"},
		{"a deposit that is never asked for", "deposit: difference", "deposit: full_value", 31, "exchanges.deposit", "secure_before_release"},
		{"a deadline of 0 days", "deadline_days: 21", "deadline_days: 0", 32, "exchanges.deadline_days", "at least 1"},
		{"an unknown after_deadline", "after_deadline: raise", "after_deadline: forget", 37, "exchanges.after_deadline", "one of"},
		{"a choice of amounts that is none", "mandate_amounts: false", "mandate_amounts: plus", 38, "exchanges.mandate_amounts", "true or false"},
		{"a limit without a currency", "{currency: SEK, act: 5000.00, day: 100000}", "{act: 5000.00}", 40, "exchanges.limits[0].currency", "such as SEK"},
		{"a limit of nothing", "{currency: SEK, act: 5000.00, day: 100000}", "{currency: SEK}", 40, "exchanges.limits[0]", "limits nothing"},
		{"a limit that is no amount", "act: 5000.00", "act: 5e3", 40, "exchanges.limits[0].act", "above zero"},
		{"a limit of zero", "day: 100000", "day: 0.00", 40, "exchanges.limits[0].day", "above zero"},
		{"a limit with more decimals than the currency", "SEK, act: 5000.00", "JPY, act: 5000.5", 40, "exchanges.limits[0].act", "than JPY has"},
		{"a limit that is too large", "act: 5000.00", "act: 99999999999999999999", 40, "exchanges.limits[0].act", "above zero"},
		{"a day that is less than an act", "day: 100000", "day: 4999.99", 40, "exchanges.limits[0].day", "less than one act"},
		{"two limits for a currency", "      limits:\n", "      limits:\n        - {currency: SEK, act: 1}\n", 41, "exchanges.limits[1].currency", "already"},
		{"a deadline of 366 days", "deadline_days: 21", "deadline_days: 366", 32, "exchanges.deadline_days", "at most 365"},
		{"a number without {n}", `"{order}-EX{n}"`, `"{order}-EX"`, 33, "exchanges.number", "must contain {n}"},
		{"a return number without {order}", `"{order}-R{n}"`, `"R{n}"`, 34, "exchanges.return_number", "must contain {order}"},
		{"an unknown placeholder", `"{order}-EX{n}"`, `"{order}-EX{n}{x}"`, 33, "exchanges.number", "no placeholder {x}"},
		{"an original order without {order}", `["{order}", "{order_without_hash}"]`, `["{order}", "EX-{n}"]`, 35, "exchanges.original_order[1]", "no placeholder {n}"},
		{"an article number that is none", "article_number: sku", "article_number: ean", 36, "exchanges.article_number", "namespace.key"},
		{"an anchor", "article_number: sku", "article_number: &a sku", 36, "exchanges.article_number", "anchors"},
		{"a section without anything in it", full[strings.Index(full, "    portal:\n"):strings.Index(full, "    exchanges:\n")], "    portal:\n", 19, "portal", "is empty"},
		{"a switch without anything in it", "instant: false", `instant: ""`, 24, "exchanges.instant", "true or false"},
		{"a section that is a value", "{notified: [Notified], returned: [Returned]}", "Notified", 12, "ongoing.return_order_statuses", "must hold settings"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := connection.Parse([]byte(edited(t, c.old, c.new)), getenv, connection.Options{})
			var faults connection.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("Parse = %v, want Faults", err)
			}
			for _, f := range faults {
				if f.Line == c.line && f.Field == "connections[0]."+c.field && strings.Contains(f.Message, c.message) {
					if len(faults) > 2 {
						t.Errorf("one slip gives %d faults:\n%v", len(faults), err)
					}
					return
				}
			}
			t.Fatalf("got\n%v\nwant line %d: connections[0].%s: … %s …", err, c.line, c.field, c.message)
		})
	}
}

func TestAReleaseNeedsSomebodyWhoSaysIt(t *testing.T) {
	portal := full[strings.Index(full, "    portal:\n"):strings.Index(full, "    exchanges:\n")]
	for on, fine := range map[string]bool{"return_closed": false, "both": false, "return_order": true, "either": true} {
		text := edited(t, portal, "", "release_on: return_closed", "release_on: "+on)
		if _, err := connection.Parse([]byte(text), getenv, connection.Options{}); (err == nil) != fine {
			t.Errorf("release_on %s without a portal: %v, want accepted: %v", on, err, fine)
		}
	}
}

func TestParseReportsEveryFaultAtOnceByLine(t *testing.T) {
	text := edited(t, "username: WSInordwear", "username: anna", "${NORDWEAR_SHOPIFY_TOKEN}", "${NO_SUCH}",
		"deadline_days: 21", "deadline_days: 0", "auto_create: true", "autocreate: true")
	_, err := connection.Parse([]byte(text), getenv, connection.Options{})
	var faults connection.Faults
	if !errors.As(err, &faults) || len(faults) != 4 {
		t.Fatalf("got %v, want four faults", err)
	}
	var lines []int
	for _, f := range faults {
		lines = append(lines, f.Line)
	}
	if want := []int{8, 16, 25, 32}; !reflect.DeepEqual(lines, want) {
		t.Errorf("lines %v, want %v", lines, want)
	}
}

func TestTwoConnectionsDoNotShareANameOrAGoodsOwner(t *testing.T) {
	second := strings.TrimPrefix(full, "connections:\n")
	for _, c := range []struct {
		name, text, field string
	}{
		{"a name", full + strings.Replace(second, "goods_owner_id: 42", "goods_owner_id: 43", 1), "connections[1].name"},
		{"a goods owner", full + strings.Replace(second, "name: nordwear", "name: other", 1), "connections[1].ongoing.goods_owner_id"},
		{"a goods owner, written another way", full + strings.NewReplacer("name: nordwear", "name: other", "server: api", "server: https://api.ongoingsystems.se",
			"warehouse: nordwear", "warehouse: https://nordwear.ongoingsystems.se/nordwear/").Replace(second), "connections[1].ongoing.goods_owner_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := connection.Parse([]byte(c.text), getenv, connection.Options{})
			var faults connection.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != c.field {
				t.Fatalf("got %v, want one fault of %s", err, c.field)
			}
		})
	}
}

func TestParseRefusesWhatIsNoSettingsFile(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                "",
		"only a comment":         "# later\n",
		"no connections":         "connections: []\n",
		"a list":                 "- a\n",
		"a tab":                  "connections:\n\t- name: x\n",
		"an unclosed quote":      "connections:\n  - name: \"x\n",
		"two documents":          full + "---\n" + full,
		"a setting at the top":   "retries: 3\n" + full,
		"a connection of a word": "connections: [nordwear]\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connection.Parse([]byte(text), getenv, connection.Options{})
			var faults connection.Faults
			if !errors.As(err, &faults) || len(faults) == 0 || faults[0].Line == 0 {
				t.Fatalf("got %v, want Faults with a line", err)
			}
		})
	}
}

func TestFaultsShowNoSecret(t *testing.T) {
	inline := full
	for name, secret := range secretsOf {
		inline = strings.ReplaceAll(inline, "${"+name+"}", secret)
	}
	for _, text := range []string{
		edited(t, "warehouse: nordwear", "warehouse: ${NORDWEAR_ONGOING_PASSWORD}/x", "server: api", "server: ${NORDWEAR_ONGOING_PASSWORD}://x"),
		edited(t, "goods_owner_id: 42", "goods_owner_id: ${NORDWEAR_ONGOING_PASSWORD}", "partial: wait", "partial: ${NORDWEAR_ONGOING_PASSWORD}"),
		edited(t, "shop: nordwear.myshopify.com", "shop: ${NORDWEAR_SHOPIFY_TOKEN}", "username: WSInordwear", "username: ${NORDWEAR_SHOPIFY_TOKEN}"),
		strings.Replace(inline, "goods_owner_id: 42", "goods_owner_id: [", 1),
		strings.Replace(inline, "access_token:", "\taccess_token:", 1),
		strings.Replace(inline, "access_token: ", "access_token: |", 1),
		strings.Replace(inline, "password: ", "password: >", 1),
	} {
		_, err := connection.Parse([]byte(text), getenv, connection.Options{})
		if err == nil {
			t.Fatalf("no fault in %s", text)
		}
		holds(t, "a fault", err.Error())
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("connections:\n  - {name: *x}\n"))
	f.Add([]byte("connections: &a [*a]\n"))
	f.Add([]byte("? a\n: b\n<<: {c: d}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := connection.Parse(data, getenv, connection.Options{})
		var faults connection.Faults
		if err != nil && (!errors.As(err, &faults) || all != nil) {
			t.Fatalf("Parse = %v, %v: want Faults and nothing else", all, err)
		}
		if err == nil && len(all) == 0 {
			t.Fatal("no connection and no fault")
		}
	})
}

func TestAChargeAfterTheDeadlineNeedsPaymentAndProcessing(t *testing.T) {
	for _, c := range []struct{ old, new, message string }{
		{"payment: capture_on_sent", "payment: none", "payment other than none"},
		{"process_return: true", "process_return: false", "process_return: true"},
	} {
		text := edited(t, c.old, c.new, "after_deadline: raise", "after_deadline: charge")
		_, err := connection.Parse([]byte(text), getenv, connection.Options{})
		var faults connection.Faults
		if !errors.As(err, &faults) || len(faults) != 1 || !strings.Contains(faults[0].Message, c.message) {
			t.Errorf("%s: %v, want one fault: %s", c.new, err, c.message)
		}
	}
	c := parsed(t, edited(t, "after_deadline: raise", "after_deadline: charge", "mandate_amounts: false", "mandate_amounts: true"))
	if p := c.Policy(); p.AfterDeadline != exchange.AfterDeadlineCharge || !p.MandateAmounts {
		t.Errorf("Policy = %+v", p)
	}
}

func TestLimitsAreWholeMinorUnits(t *testing.T) {
	c := parsed(t, edited(t, "        - {currency: SEK", `        - {currency: JPY, day: "070"}
        - {currency: KWD, act: 0.5}
        - {currency: SEK`))
	want := []exchange.Limit{{Currency: "JPY", Day: 70}, {Currency: "KWD", Act: 500}, {Currency: "SEK", Act: 500000, Day: 10000000}}
	if got := c.Policy().Limits; !slices.Equal(got, want) {
		t.Errorf("limits = %+v, want %+v", got, want)
	}
	changed := parsed(t, edited(t, "act: 5000.00", "act: 6000.00"))
	changes := connection.Diff(parsed(t, full), changed)
	if len(changes) != 1 || changes[0] != (connection.Change{Field: "exchanges.limits[0].act", Old: "5000.00", New: "6000.00"}) {
		t.Errorf("changes = %+v", changes)
	}
	unread := connection.Connection{Exchanges: connection.Exchanges{Limits: []connection.Limit{{Currency: "SEK", Act: "much"}}}}
	if got := unread.Policy().Limits; len(got) != 1 || got[0].Currency != "" {
		t.Errorf("limits that cannot be read = %+v, want one that lets nothing through", got)
	}
}
