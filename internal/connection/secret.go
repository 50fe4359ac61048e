package connection

import (
	"encoding/json"
	"fmt"
	"io"
)

// mask stands wherever a secret would be shown.
const mask = "***"

// Secret is a password or key that prints as *** in every form. Reveal gives the text to the one call that
// needs it. The text lies behind a pointer, so that printing a struct that hides a Secret in an unexported
// field shows an address and not the text.
type Secret struct{ text *string }

// NewSecret hides text. An empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal gives the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether both hide the same text.
func (s Secret) Equal(o Secret) bool { return s.Reveal() == o.Reveal() }

// String gives ***, or nothing if there is no secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return mask
}

// Format prints String, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText gives String. YAML and map keys come here too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON gives String.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText takes the text itself. The mask counts as nothing: somebody pasted what was shown.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret{}
	if string(text) != mask {
		*s = NewSecret(string(text))
	}
	return nil
}
