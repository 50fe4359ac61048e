package lane

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// hosts says who may be called.
type hosts struct {
	domains []string // https on its own port, at one label under one of them
	allowed []string // HOST:PORT
	any     bool     // https on any host
}

// check refuses a URL of somebody else.
func (h hosts) check(u *url.URL) error {
	host := strings.ToLower(u.Host)
	if h.allows(address(u)) && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	if u.Scheme != "https" {
		return fmt.Errorf("%s is not called over %s", u.Hostname(), u.Scheme)
	}
	if h.any {
		return nil
	}
	for _, domain := range h.domains {
		label, ok := strings.CutSuffix(strings.TrimSuffix(host, ":443"), domain)
		if ok && label != "" && !strings.ContainsAny(label, ".:/@") {
			return nil
		}
	}
	return fmt.Errorf("%s is not a host that may be called", u.Host)
}

// allows reports whether address, HOST:PORT, is one of those named for rehearsals.
func (h hosts) allows(address string) bool {
	return slices.ContainsFunc(h.allowed, func(a string) bool { return strings.EqualFold(a, address) })
}

// address is u's HOST:PORT.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// errInside is an address that the peer's name must not lead to.
var errInside = errors.New("the name leads to an address inside this network")

// inside are special addresses that netip's own predicates do not rule out.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier NAT, and one cloud's metadata
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // these three carry an IPv4 address
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("100::/64"),
}

// control refuses to connect to private, loopback, link-local (metadata too) and other special addresses. It
// runs when the name is resolved, so a name that changes its address in between is no way around it.
func control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return errInside
	}
	a := ap.Addr().Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return errInside
	}
	return nil
}
