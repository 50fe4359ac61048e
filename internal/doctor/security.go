package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/lane"
)

// soon is how long before its end a certificate is spoken of.
const soon = 14 * 24 * time.Hour

// security looks at the connection that an answer came by.
func security(r *report, w way, seen sight, now time.Time) {
	name := string(w.peer) + ".tls"
	if seen.tls == nil || len(seen.tls.PeerCertificates) == 0 {
		r.skip(name, "%s is called by plain http, which only --allow-host lets through", hostOf(w.url))
		return
	}
	leaf := seen.tls.PeerCertificates[0]
	text := tls.VersionName(seen.tls.Version) + ", certificate good until " + leaf.NotAfter.UTC().Format(time.DateOnly)
	if leaf.NotAfter.Sub(now) < soon {
		r.warn(name, "the vendor must renew it; if a proxy of yours stands between, renew its certificate", "%s", text)
		return
	}
	r.ok(name, "%s", text)
}

// credentials says what the first answer tells of them. It reports whether they are good.
func credentials(r *report, w way, seen sight, err error) bool {
	name := string(w.peer) + ".credentials"
	switch {
	case lane.Sort(seen.status) == lane.Blocked:
		r.fault(name, w.mend, "%s was refused (%d %s)", w.who, seen.status, http.StatusText(seen.status))
	case seen.status == http.StatusNotFound:
		r.fault(name, "see that the address in connections.yaml is right", "%s knows no such system or shop (404)", hostOf(w.url))
	case seen.status == http.StatusTooManyRequests:
		r.warn(name, "wait, then run doctor again", "the peer has had enough calls for now (429)")
	case err != nil:
		r.fault(name, "run doctor again; if it stays, ask the vendor", "the answer (%d) is of no use: %v", seen.status, err)
	default:
		r.ok(name, "%s is let in", w.who)
		return true
	}
	return false
}

// tlsError is what is wrong with a secure connection, if that is what err is about.
func tlsError(err error) string {
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &certificate):
		return certificate.Err.Error()
	case errors.As(err, &unknown):
		return unknown.Error()
	case errors.As(err, &host):
		return host.Error()
	case errors.As(err, &record):
		return record.Error()
	case errors.As(err, &alert):
		return alert.Error()
	}
	return ""
}

// hostOf is the host of a URL, without its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return strings.TrimSpace(address)
	}
	return u.Hostname()
}
