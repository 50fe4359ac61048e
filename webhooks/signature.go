package webhooks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
)

// slots is how many secrets a connection may have at a time. All are always tried, so that the time an
// answer takes tells nothing of how many there are.
const slots = 2

// tolerance is how old, or how far ahead, the time of a Standard Webhooks delivery may be.
const tolerance = 5 * time.Minute

// standardHeader carries the signatures of Standard Webhooks.
const standardHeader = "Webhook-Signature"

// most is how many signatures of one Standard Webhooks delivery are looked at.
const most = 8

// credential gives the value of a header that must be there exactly once; else "", which fits nothing.
func credential(c *fiber.Ctx, header string) string {
	values := c.Request().Header.PeekAll(header)
	if len(values) != 1 {
		return ""
	}
	return string(values[0])
}

// signed reports whether any of given is the HMAC-SHA256 of the parts under one of secrets. It does the
// same work whether there are secrets or none.
func signed(secrets []connection.Secret, key func(string) []byte, given [][sha256.Size]byte, parts ...[]byte) bool {
	fits := 0
	for i := range slots {
		text, live := "no such connection, or no second secret", 0
		if i < len(secrets) && !secrets[i].IsZero() {
			text, live = secrets[i].Reveal(), 1
		}
		mac := hmac.New(sha256.New, key(text))
		for _, part := range parts {
			mac.Write(part)
		}
		var sum [sha256.Size]byte
		mac.Sum(sum[:0])
		for j := range given {
			fits |= subtle.ConstantTimeCompare(sum[:], given[j][:]) & live
		}
	}
	return fits == 1
}

// plainKey is a secret used as it is written.
func plainKey(secret string) []byte { return []byte(secret) }

// standardKey is a secret of Standard Webhooks: whsec_ and base64, or else as it is written.
func standardKey(secret string) []byte {
	if text, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.Strict().DecodeString(text); err == nil {
			return key
		}
	}
	return []byte(secret)
}

// digest reads a signature written in hex or base64, with or without "sha256=".
func digest(text string) [][sha256.Size]byte {
	text = strings.TrimPrefix(text, "sha256=")
	var raw []byte
	var err error
	if len(text) == hex.EncodedLen(sha256.Size) {
		raw, err = hex.DecodeString(text)
	} else {
		raw, err = base64.StdEncoding.Strict().DecodeString(text)
	}
	return sized(raw, err)
}

// base64Digest reads a signature written in base64 and in nothing else.
func base64Digest(text string) [][sha256.Size]byte {
	return sized(base64.StdEncoding.Strict().DecodeString(text))
}

// sized is raw as a digest, or nothing if it cannot be one.
func sized(raw []byte, err error) [][sha256.Size]byte {
	if err != nil || len(raw) != sha256.Size {
		return nil
	}
	return [][sha256.Size]byte{[sha256.Size]byte(raw)}
}

// standard is a delivery as Standard Webhooks signs it.
type standard struct {
	id, at []byte
	given  [][sha256.Size]byte
}

// standardOf reads the three headers. Unless each is there exactly once and the time is near now, the
// delivery has no signature.
func standardOf(c *fiber.Ctx, now time.Time) (s standard) {
	id, at, list := credential(c, "Webhook-Id"), credential(c, "Webhook-Timestamp"), credential(c, standardHeader)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if id == "" || err != nil {
		return standard{}
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > tolerance || off < -tolerance {
		return standard{}
	}
	for _, one := range strings.SplitN(list, " ", most+1)[:min(most, strings.Count(list, " ")+1)] {
		if text, ok := strings.CutPrefix(one, "v1,"); ok {
			s.given = append(s.given, base64Digest(text)...)
		}
	}
	s.id, s.at = []byte(id), []byte(at)
	return s
}

// signedAs reports whether s fits body under one of secrets.
func (s standard) signedAs(secrets []connection.Secret, body []byte) bool {
	dot := []byte(".")
	return signed(secrets, standardKey, s.given, s.id, dot, s.at, dot, body)
}

// isStandard reports whether the delivery carries the headers of Standard Webhooks.
func isStandard(c *fiber.Ctx) bool {
	h := &c.Request().Header
	return len(bytes.TrimSpace(h.Peek(standardHeader))) > 0 && len(h.Peek("Webhook-Id")) > 0
}
