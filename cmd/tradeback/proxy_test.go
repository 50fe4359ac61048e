package main

import (
	"net/http"
	"testing"
)

// Behind a proxy everybody comes from one address: who sends too much must not use up what others may send.
func TestSendersBehindATrustedProxyAreToldApart(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--rate", "1"}, http.StatusTooManyRequests},
		{[]string{"--rate", "1", "--trusted-proxy", "127.0.0.1"}, http.StatusUnauthorized},
	} {
		w := startWhole(t, c.args...)
		got := 0
		for i := range 20 {
			from := "203.0.113.1"
			if i == 19 {
				from = "203.0.113.2"
			}
			var answer struct{}
			got = w.call("POST", w.base+"/webhooks/ongoing/nordwear", "{}", &answer, "X-Forwarded-For", from)
		}
		if got != c.want {
			t.Errorf("serve %v answers %d to another sender, want %d", c.args, got, c.want)
		}
	}
}
