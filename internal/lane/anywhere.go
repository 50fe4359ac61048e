package lane

import (
	"net/http"
	"time"
)

// Anywhere is a client for addresses that a merchant has chosen: https on any host that does not lead inside this
// network, as is checked when it connects, and those of allowHosts. It follows no redirect.
func Anywhere(allowHosts []string, timeout time.Duration) *http.Client {
	h := hosts{allowed: allowHosts, any: true}
	return &http.Client{
		Transport: outside{h, newTransport(h)}, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outside lets calls to such addresses through.
type outside struct {
	hosts hosts
	base  http.RoundTripper
}

// RoundTrip makes the call.
func (o outside) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := o.hosts.check(req.URL); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	return o.base.RoundTrip(req)
}
