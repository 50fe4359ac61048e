package connection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Bucket holds a document per connection, by name, in the process's own shard of the store.
const Bucket = "connections"

// format is the shape of Stored. A later one is not guessed at.
const format = 1

// Stored is a connection as it lies in the store. Connection shows no secret: those are in Sealed by field,
// each encrypted for exactly that place, and webhook tokens are only there as digests.
type Stored struct {
	Format     int               `json:"format"`
	Connection json.RawMessage   `json:"connection"`
	Key        string            `json:"key"` // id of the key that Sealed was encrypted with
	Sealed     map[string]string `json:"sealed"`
	Tokens     []string          `json:"tokens"`          // SHA-256 in hex
	Lives      map[string]Life   `json:"lives,omitempty"` // of the tokens that rotations touched, by the token
}

// Life is what rotations have made of a webhook token.
type Life struct {
	Made  time.Time     `json:"made_at,omitzero"`
	Ends  time.Time     `json:"ends_at,omitzero"`
	Grace time.Duration `json:"grace,omitempty"`
}

// KeyError says that a connection was sealed with a key that this process does not have.
type KeyError struct {
	Connection exchange.Conn
	Key, Ours  string
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("connection %s was sealed with key %s, but TRADEBACK_KEY is key %s", e.Connection, e.Key, e.Ours)
}

// Seal encodes c for the store.
func Seal(c Connection, s *Sealer) ([]byte, error) {
	view, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode connection %s: %w", c.Name, err)
	}
	stored := Stored{Format: format, Connection: view, Key: s.KeyID(), Sealed: map[string]string{}}
	for _, secret := range c.secrets() {
		if !secret.at.IsZero() {
			stored.Sealed[secret.field] = s.seal(secret.at.Reveal(), row(c.Name, secret.field))
		}
	}
	for _, t := range c.Ongoing.WebhookTokens {
		stored.Tokens = append(stored.Tokens, t.hex())
		if t.life == (life{}) {
			continue
		}
		if stored.Lives == nil {
			stored.Lives = map[string]Life{}
		}
		stored.Lives[t.hex()] = Life{t.life.made, t.life.ends, t.life.grace}
	}
	return json.Marshal(stored)
}

// Open decodes what Seal made.
//
// Errors: KeyError when it was sealed with another key.
func Open(body []byte, s *Sealer) (Connection, error) {
	var stored Stored
	if err := json.Unmarshal(body, &stored); err != nil {
		return Connection{}, fmt.Errorf("decode connection: %w", err)
	}
	if stored.Format != format {
		return Connection{}, fmt.Errorf("connection is stored in format %d, this tradeback reads %d", stored.Format, format)
	}
	var c Connection
	strict := json.NewDecoder(bytes.NewReader(stored.Connection))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&c); err != nil {
		return Connection{}, fmt.Errorf("decode connection: %w", err)
	}
	if stored.Key != s.KeyID() {
		return Connection{}, &KeyError{c.Name, stored.Key, s.KeyID()}
	}
	for _, secret := range c.secrets() {
		sealed, ok := stored.Sealed[secret.field]
		if !ok {
			continue
		}
		text, err := s.open(sealed, row(c.Name, secret.field))
		if err != nil {
			return Connection{}, fmt.Errorf("open connection %s: %s %w", c.Name, secret.field, err)
		}
		*secret.at = NewSecret(text)
	}
	c.Ongoing.WebhookTokens = nil
	for _, digest := range stored.Tokens {
		t, err := tokenFromHex(digest)
		if err != nil {
			return Connection{}, fmt.Errorf("open connection %s: webhook token: %w", c.Name, err)
		}
		l := stored.Lives[digest]
		t.life = life{l.Made, l.Ends, l.Grace}
		c.Ongoing.WebhookTokens = append(c.Ongoing.WebhookTokens, t)
	}
	return c, nil
}

// CredentialsMark names the credentials that c uses with a peer. It changes when they change.
func (s *Sealer) CredentialsMark(c Connection, peer exchange.PeerName) string {
	if peer == exchange.PeerOngoing {
		return s.Mark("ongoing", c.OngoingURL(), c.Ongoing.Username, c.Ongoing.Password.Reveal())
	}
	return s.Mark("shopify", c.ShopifyURL(), c.Shopify.AccessToken.Reveal(), c.Shopify.ClientID, c.Shopify.ClientSecret.Reveal())
}

// secretField is a secret of a connection and the field it stands in.
type secretField struct {
	field string
	at    *Secret
}

// secrets lists every field of c that holds one, whether or not it is set.
func (c *Connection) secrets() []secretField {
	all := []secretField{
		{"ongoing.password", &c.Ongoing.Password},
		{"shopify.access_token", &c.Shopify.AccessToken},
		{"shopify.client_secret", &c.Shopify.ClientSecret},
	}
	for i := range c.Shopify.WebhookSecrets {
		all = append(all, secretField{fmt.Sprintf("shopify.webhook_secrets[%d]", i), &c.Shopify.WebhookSecrets[i]})
	}
	if c.Portal != nil {
		for i := range c.Portal.WebhookSecrets {
			all = append(all, secretField{fmt.Sprintf("portal.webhook_secrets[%d]", i), &c.Portal.WebhookSecrets[i]})
		}
	}
	for i := range c.Announcements {
		s, field := &c.Announcements[i], fmt.Sprintf("announcements[%d]", i)
		all = append(all, secretField{field + ".url", &s.URL})
		for j := range s.Secrets {
			all = append(all, secretField{fmt.Sprintf("%s.secrets[%d]", field, j), &s.Secrets[j]})
		}
	}
	return all
}

// row names the place a secret is sealed for.
func row(name exchange.Conn, field string) string { return "connection/" + string(name) + "/" + field }
