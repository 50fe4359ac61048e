package bench

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// shopify answers an operation of the Admin API, with the answer of its name. What an operation changes is true
// before it is answered.
func (p *peers) shopify(c *fasthttp.RequestCtx) bool {
	body := c.PostBody()
	operation := member(body[max(0, bytes.LastIndex(body, []byte(`"operationName"`))):], "operationName")
	n, ok := numberOf(body)
	answer, known := answers[operation]
	if !ok || !known {
		return false
	}
	s := p.of(n)
	s.within(c, func() {
		switch operation {
		case "ReturnProcess":
			s.processed = true
		case "FulfillmentCreate":
			s.fulfilled = true
		case "OrderCapture":
			s.captured = true
		case "ReverseFulfillmentOrderDispose":
			s.disposed = true
		}
		c.SetBody(answer.append(nil, s))
	})
	return true
}

// numberOf is the number of the exchange whose ids variables name.
func numberOf(body []byte) (string, bool) {
	for {
		_, rest, found := bytes.Cut(body, []byte("gid://shopify/"))
		if !found {
			return "", false
		}
		body = rest
		_, id, _ := bytes.Cut(rest, []byte("/"))
		if n, ok := numberIn(string(id[:min(len(id), digits)])); ok {
			return n, true
		}
	}
}
