package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// Token is the X-Auth-Token of all webhooks that a bench sends.
const Token = "0123456789abcdef0123456789abcdef"

const (
	connectionName = "bench"
	goodsOwner     = 42
	bodySize       = 1024
	firstEvent     = 1_000_000_000 // so that all ids are equally long
)

// shot makes the requests of a load: webhooks of Ongoing's "order status is changed", of 1 KiB each, about one
// order after the other. No two have the same webhookEventId.
type shot struct {
	template []byte
	places   []int // where the number of the event stands
	last     atomic.Uint64
}

// newShot names the orders by number, and none of them is ours; or, unnamed, gives no number, so that nobody can
// tell at the door whose they are.
func newShot(host string, named bool) *shot {
	const place = "1000000000"
	body := fmt.Sprintf(`{"webhookOrdersId":21,"webhookEventId":%[1]s,"system":"nordwear","timestamp":"2026-11-22T12:00:00.0000000",`+
		`"orderId":%[1]s,"orderNumber":"#%[1]s","goodsOwnerId":42,"goodsOwnerOrderId":"S-%[1]s","consigneeOrderNumber":"%[1]s",`+
		`"path":"/api/v1/orders/%[1]s","byUser":{"userId":37},"byComputer":{"computerId":12,"computerName":"PACK-03"},`+
		`"orderStatus":{"number":450},"currentShipmentId":null,"webhookTemplate":"OrderStatusChanged","goodsOwnerName":"Nordwear AB",`+
		`"goodsOwnerClasses":[{"id":3,"code":"B2C","name":"Business to consumer"}],`+
		`"tracking":[{"trackingUrl":"https://tracking.example.com/?id=00373500489530470001","waybill":"00373500489530470001","isReturn":false}],`+
		`"parcels":[{"id":20711,"parcelNumber":"00373500489530470001","isReturnParcel":false,"tracking":`+
		`{"trackingUrl":"https://tracking.example.com/?id=00373500489530470001"}}]}`, place)
	if !named {
		body = strings.Replace(body, "orderNumber", "otherNumber", 1)
	}
	body += string(bytes.Repeat([]byte(" "), bodySize-len(body)))
	s := &shot{template: []byte(fmt.Sprintf("POST /webhooks/ongoing/%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tradeback-bench\r\n"+
		"Content-Type: application/json\r\nX-Auth-Token: %s\r\nContent-Length: %d\r\n\r\n%s",
		connectionName, host, Token, len(body), body))}
	s.last.Store(firstEvent)
	for at := 0; ; {
		i := bytes.Index(s.template[at:], []byte(place))
		if i < 0 {
			return s
		}
		s.places = append(s.places, at+i)
		at += i + len(place)
	}
}

// text is a request for next to write its number into.
func (s *shot) text() []byte { return bytes.Clone(s.template) }

// next gives request a number that none had before.
func (s *shot) next(request []byte) uint64 {
	n := s.last.Add(1)
	var digits [20]byte
	for _, at := range s.places {
		copy(request[at:], strconv.AppendUint(digits[:0], n, 10))
	}
	return n
}
