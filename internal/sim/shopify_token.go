package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// shopTokenLife is how long a token of the client credentials grant lives.
const shopTokenLife = 24 * time.Hour

// shopScopes are what the app was granted.
var shopScopes = []string{
	"read_orders", "read_all_orders", "write_orders", "read_returns", "write_returns", "write_order_edits", "write_payment_mandate", "read_products",
	"read_fulfillments", "write_fulfillments", "read_locations", "read_inventory",
	"read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders",
	"read_third_party_fulfillment_orders", "write_third_party_fulfillment_orders",
	"read_assigned_fulfillment_orders", "write_assigned_fulfillment_orders",
}

// grant handles POST /admin/oauth/access_token with grant_type client_credentials, as a form or as JSON.
func (s *Shopify) grant(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	defer s.tally.Begin("oauth/access_token", "")()
	s.Faults.Serve(w, r, "oauth/access_token", func() Reply {
		given, err := grantForm(r.Header.Get("Content-Type"), body)
		switch {
		case err != nil:
			return grantRefused(http.StatusBadRequest, "invalid_request", err.Error())
		case given.Get("grant_type") != "client_credentials":
			return grantRefused(http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported")
		case given.Get("client_id") != s.options.ClientID || given.Get("client_secret") != s.options.ClientSecret:
			return grantRefused(http.StatusUnauthorized, "application_cannot_be_found", "The client credentials are wrong")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.uninstalled {
			return grantRefused(http.StatusBadRequest, "app_not_installed", "The app is not installed on this shop")
		}
		token := fmt.Sprintf("shpat_%d", s.newID())
		s.tokens[token] = s.options.Now().Add(shopTokenLife)
		return JSON(http.StatusOK, map[string]any{
			"access_token": token, "scope": strings.Join(shopScopes, ","), "expires_in": int(shopTokenLife/time.Second) - 1,
		})
	})
}

func grantForm(contentType string, body []byte) (url.Values, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, fmt.Errorf("content type: %w", err)
	}
	if media != "application/json" {
		return url.ParseQuery(string(body))
	}
	var members map[string]string
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	form := url.Values{}
	for name, value := range members {
		form.Set(name, value)
	}
	return form, nil
}

func grantRefused(status int, code, text string) Reply {
	return JSON(status, map[string]string{"error": code, "error_description": text})
}

// admits says whether a token is valid now.
func (s *Shopify) admits(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, known := s.tokens[token]
	return known && !s.uninstalled && (end.IsZero() || s.options.Now().Before(end))
}
