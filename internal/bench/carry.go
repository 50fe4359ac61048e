package bench

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// courier carries exchanges of one connection through, one after the other: it asks the API for each, and sends
// the webhook that moves it on as soon as the stand-ins are where the webhook says they are.
type courier struct {
	connection string
	goodsOwner int
	key        string // of the API
	serve      *line
	peers      *line
	answers    *bufio.Reader // of the stand-ins
	out        []byte
}

// hire connects a courier to serve and to the stand-ins.
func hire(ctx context.Context, c courier, serve, staff string) (*courier, error) {
	var dialer net.Dialer
	for _, to := range []struct {
		addr string
		line **line
	}{{serve, &c.serve}, {staff, &c.peers}} {
		conn, err := dialer.DialContext(ctx, "tcp", to.addr)
		if err != nil {
			return nil, errors.Join(err, c.leave())
		}
		*to.line = &line{conn: conn, in: make([]byte, 64<<10)}
	}
	c.answers = bufio.NewReader(c.peers.conn)
	return &c, nil
}

// leave ends the courier's connections.
func (c *courier) leave() (err error) {
	for _, l := range []*line{c.serve, c.peers} {
		if l != nil {
			err = errors.Join(err, l.conn.Close())
		}
	}
	return err
}

// until bounds how long everything that follows may take.
func (c *courier) until(t time.Time) {
	_, _ = c.serve.conn.SetDeadline(t), c.peers.conn.SetDeadline(t) // a connection that is closed already needs none
}

// carry takes the exchange with a number from its request to its last call.
func (c *courier) carry(n string) error {
	steps := []struct {
		name string
		do   func() error
	}{
		{"request", func() error { return c.request(n) }},
		{"receive", func() error { return c.wait("receive", n) }},
		{"return order webhook", func() error { return c.ongoing(n, "ReturnOrder", n+"2", "#"+n+"-R1", 500) }},
		{"marked", func() error { return c.wait("marked", n) }},
		{"return.closed", func() error { return c.closed(n) }},
		{"ship", func() error { return c.wait("ship", n) }},
		{"order webhook", func() error { return c.ongoing(n, "Order", n+"1", "#"+n+"-EX1", sent) }},
		{"settled", func() error { return c.wait("settled", n) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("exchange of #%s: %s: %w", n, s.name, err)
		}
	}
	return nil
}

// request asks the API for the exchange of a return that Shopify has.
func (c *courier) request(n string) error {
	err := c.post("/v1/exchanges", "Authorization: Bearer "+c.key+"\r\nIdempotency-Key: bench-"+n,
		`{"connection":"`+c.connection+`","shopify_return_id":"gid://shopify/Return/`+n+`","reference":"R-`+n+`"}`)
	if err == nil && string(c.serve.in[9:12]) != "201" { // 202: it waits to be made
		err = fmt.Errorf("answered: %.100s", c.serve.in)
	}
	return err
}

// ongoing sends a webhook about an order or a return order.
func (c *courier) ongoing(n, kind, id, number string, status int) error {
	first := map[string]string{"Order": "order", "ReturnOrder": "returnOrder"}[kind]
	body := fmt.Sprintf(`{"webhook%[1]ssId":21,"webhookEventId":%[2]s%[3]d,"system":"nordwear","timestamp":"2026-11-22T12:00:00.0000000",`+
		`"%[4]sId":%[5]s,"%[4]sNumber":"%[6]s","goodsOwnerId":%[7]d,"path":"/api/v1/%[4]ss/%[5]s","byUser":{"userId":37},`+
		`"%[4]sStatus":{"number":%[3]d},"webhookTemplate":"%[1]sStatusChanged","goodsOwnerName":"Nordwear AB"}`,
		kind, n, status, first, id, number, c.goodsOwner)
	return c.timed("/webhooks/ongoing/"+c.connection, "X-Auth-Token: "+Token, body)
}

// closed sends the portal's return.closed.
func (c *courier) closed(n string) error {
	body := `{"id":"evt_` + n + `","event":"return.closed","created_at":"` + time.Now().UTC().Format(time.RFC3339Nano) +
		`","data":{"shopify_return_id":"gid://shopify/Return/` + n + `","return_id":"R-` + n + `","tracking_number":"JJD` + n + `"}}`
	mac := hmac.New(sha256.New, []byte(portalSecret))
	mac.Write([]byte(body))
	return c.timed("/webhooks/returns/"+c.connection, "X-Webhook-Signature: sha256="+hex.EncodeToString(mac.Sum(nil)), body)
}

// timed sends a webhook, and notes how long its answer took.
func (c *courier) timed(path, header, body string) error {
	begun := time.Now()
	err := c.post(path, header, body)
	c.serve.delay.note(time.Since(begun))
	return err
}

// post sends a request to serve. Errors: an answer other than 2xx.
func (c *courier) post(path, header, body string) error {
	c.out = append(c.out[:0], "POST "+path+" HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"+header+"\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), body...)
	if _, err := c.serve.conn.Write(c.out); err != nil {
		return err
	}
	return c.serve.answer()
}

// wait gives the stand-ins a command, and waits until it is done.
func (c *courier) wait(command, n string) error { return obeyed(c.peers.conn, c.answers, command, n) }

func obeyed(conn net.Conn, answers *bufio.Reader, command, n string) error {
	if _, err := conn.Write([]byte(command + " " + n + "\n")); err != nil {
		return err
	}
	_, err := answers.ReadSlice('\n')
	return err
}

// numberAt is the i-th number of a goods owner's exchanges.
func numberAt(goodsOwner int, i int64) string {
	return fmt.Sprintf("%04d%06d", goodsOwner, i)
}
