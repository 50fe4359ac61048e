package connection

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// ShopifyVersion is the version of Shopify's Admin API that every shop is called with.
const ShopifyVersion = "2026-10"

// ongoingDomain is where every Ongoing system lives.
const ongoingDomain = ".ongoingsystems.se"

var (
	serverPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	warehousePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	shopPattern      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*\.myshopify\.com$`)
)

// OngoingURL is where Ongoing's REST API is called, with a slash at its end.
func (c Connection) OngoingURL() string {
	base := c.Ongoing.Server
	if !strings.Contains(base, "://") {
		base = "https://" + base + ongoingDomain
	}
	return base + "/" + c.Ongoing.Warehouse + "/api/v1/"
}

// ShopifyURL is where the shop's Admin API takes GraphQL.
func (c Connection) ShopifyURL() string {
	return c.shopBase() + "/admin/api/" + ShopifyVersion + "/graphql.json"
}

// ShopifyTokenURL is where a client id and secret are exchanged for an access token.
func (c Connection) ShopifyTokenURL() string {
	return c.shopBase() + "/admin/oauth/access_token"
}

func (c Connection) shopBase() string {
	if strings.Contains(c.Shopify.Shop, "://") {
		return c.Shopify.Shop
	}
	return "https://" + c.Shopify.Shop
}

// allowed are hosts beyond the vendors' own that may be called, as HOST:PORT, also by plain http.
type allowed []string

func (a allowed) has(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return slices.ContainsFunc(a, func(h string) bool {
		return strings.EqualFold(h, net.JoinHostPort(u.Hostname(), port))
	})
}

// server reads an API server's short name, host or base URL: "api" or "https://wms3.ongoingsystems.se".
func (a allowed) server(text string) (string, error) {
	text = strings.TrimSpace(text)
	if serverPattern.MatchString(text) {
		return text, nil
	}
	base, u, err := baseURL(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("must be a short name such as api or wms1, or a base URL: %w", err)
	case a.has(u), vendors(u, ongoingDomain):
		return base, nil
	}
	return "", errors.New("is not https on a host under ongoingsystems.se; --allow-host HOST:PORT would let it through")
}

// warehouse reads a system's name, or finds it in a pasted address of that system.
func (a allowed) warehouse(text string) (string, error) {
	text = strings.TrimSpace(text)
	if warehousePattern.MatchString(text) {
		return text, nil
	}
	if !strings.Contains(text, "/") {
		return "", errors.New("must be the system's name, as in https://NAME.ongoingsystems.se/NAME/")
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || !a.has(u) && !vendors(u, ongoingDomain) {
		return "", errors.New("is not an address under https://NAME.ongoingsystems.se/")
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !warehousePattern.MatchString(name) {
		return "", errors.New("has no system's name in its path, as in https://NAME.ongoingsystems.se/NAME/")
	}
	return name, nil
}

// shop reads a shop's domain. It is never taken from anywhere but the settings.
func (a allowed) shop(text string) (string, error) {
	text = strings.TrimSpace(text)
	if shopPattern.MatchString(text) {
		return text, nil
	}
	base, u, err := baseURL(text)
	switch {
	case err == nil && a.has(u):
		return base, nil
	case err == nil && u.Scheme == "https" && shopPattern.MatchString(u.Host):
		return u.Host, nil
	}
	return "", errors.New("must be like nordwear.myshopify.com; --allow-host HOST:PORT would let another base URL through")
}

// Pasted finds the API server and the system's name in the address at which people log in to Ongoing, such as
// https://nordwear.ongoingsystems.se/nordwear/, or in that of its API.
//
// Errors: when it is no such address; they do not repeat it.
func Pasted(text string, o Options) (server, warehouse string, err error) {
	a := allowed(o.AllowHosts)
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "/") {
		return "", "", errors.New("paste the address at which you log in, such as https://NAME.ongoingsystems.se/NAME/")
	}
	if warehouse, err = a.warehouse(text); err != nil {
		return "", "", err
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", errors.New("cannot be read as a URL")
	}
	host := strings.ToLower(u.Host)
	label, known := strings.CutSuffix(host, ongoingDomain)
	switch {
	case known && strings.EqualFold(label, warehouse):
		return "api", warehouse, nil // people log in there, and the API is elsewhere
	case known && vendors(u, ongoingDomain):
		return label, warehouse, nil
	}
	return u.Scheme + "://" + host, warehouse, nil
}

// CheckShop reads a shop's domain, or the base URL of an allowed host.
func CheckShop(text string, o Options) (string, error) { return allowed(o.AllowHosts).shop(text) }

// vendors reports whether u is https, on its own port, at a host under domain.
func vendors(u *url.URL, domain string) bool {
	host, ok := strings.CutSuffix(u.Host, domain)
	return ok && u.Scheme == "https" && serverPattern.MatchString(host)
}

// baseURL reads a scheme and host without anything after them; a host alone is https.
func baseURL(text string) (string, *url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", nil, errors.New("cannot be read as a URL") // err repeats the text
	case u.Scheme != "http" && u.Scheme != "https":
		return "", nil, errors.New("must begin with https://")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return "", nil, errors.New("must end after the host")
	case u.Hostname() == "":
		return "", nil, errors.New("has no host")
	}
	u.Host = strings.ToLower(u.Host)
	return u.Scheme + "://" + u.Host, u, nil
}
