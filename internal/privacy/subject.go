package privacy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// subject is whom a request is about: what a body may name them by.
type subject struct {
	everything bool     // a whole shop
	request    string   // of a data request
	orders     []string // gids
	ids        []string // digits of the customer and of the orders
	texts      []string // address, in lower case
	phone      string   // digits
}

// shortest is how many digits of a phone number are not taken for something else.
const shortest = 6

func subjectOf(raw []byte) subject {
	var in struct {
		Customer struct {
			ID    json.Number `json:"id"`
			Email string      `json:"email"`
			Phone string      `json:"phone"`
		} `json:"customer"`
		Redact    []json.Number `json:"orders_to_redact"`
		Requested []json.Number `json:"orders_requested"`
		Request   struct {
			ID json.Number `json:"id"`
		} `json:"data_request"`
	}
	_ = json.Unmarshal(raw, &in) // the door has read it; what is missing names nobody
	s := subject{request: in.Request.ID.String()}
	for _, id := range append(in.Redact, in.Requested...) {
		s.orders = append(s.orders, "gid://shopify/Order/"+id.String())
		s.ids = append(s.ids, id.String())
	}
	if id := in.Customer.ID.String(); id != "" {
		s.ids = append(s.ids, id)
	}
	if in.Customer.Email != "" {
		s.texts = append(s.texts, strings.ToLower(in.Customer.Email))
	}
	if d := digits(in.Customer.Phone); len(d) >= shortest {
		s.phone = d
	}
	return s
}

// isIn reports whether a body names the subject: in its text as it was sent or, since that may be escaped, in one of
// its values. Of a body that breaks off, or is no JSON, what can be read is looked at.
func (s *subject) isIn(raw []byte) bool {
	if s.everything || s.isInText(string(raw)) {
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		if text, ok := token.(string); ok && (s.isInText(text) || s.phone != "" && strings.Contains(digits(text), s.phone)) {
			return true
		}
	}
}

func (s *subject) isInText(text string) bool {
	for _, id := range s.ids {
		if hasNumber(text, id) {
			return true
		}
	}
	text = strings.ToLower(text)
	for _, t := range s.texts {
		if strings.Contains(text, t) {
			return true
		}
	}
	return false
}

// hasNumber reports whether the digits stand in text as a number of their own.
func hasNumber(text, number string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], number)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(number)
		if (i == 0 || !digit(text[i-1])) && (end == len(text) || !digit(text[end])) {
			return true
		}
		from = i + 1
	}
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
