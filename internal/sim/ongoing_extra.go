package sim

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An extraGoods is something that came in a return and was not announced: another article than the lines say.
type extraGoods struct {
	Article string `json:"article"`
	receivedLine
}

// checkExtra refuses what staff cannot find in a parcel.
func (o *Ongoing) checkExtra(x *returnOrder, extra []extraGoods) error {
	for _, e := range extra {
		if e.Returned <= 0 || e.Scrapped < 0 || e.Scrapped > e.Returned || o.article(x.owner, e.Article, false) == nil {
			return refuse(http.StatusConflict, "return order %s cannot receive %+v", x.number, e)
		}
	}
	return nil
}

// receiveExtra books in what was not announced, in the way the switches ask for.
func (o *Ongoing) receiveExtra(x *returnOrder, extra []extraGoods, now time.Time) (came items) {
	for _, e := range extra {
		if o.switches.WrongArticle == "comment" {
			note := fmt.Sprintf("Also in the parcel: %d of %s", e.Returned, e.Article)
			x.put["returnOrderHandlingComment"] = strings.TrimSpace(cmp.Or(text(x.put["returnOrderHandlingComment"]), "") + " " + note)
			continue
		}
		a := o.article(x.owner, e.Article, false)
		l := &returnLine{id: o.ids.next("returnOrderLine", 7120), row: fmt.Sprintf("X%d", len(x.lines)+1), article: a, extra: true, put: map[string]any{}}
		for _, ordered := range x.original.lines {
			if ordered.article == a && l.line == nil {
				l.line = ordered
			}
		}
		x.lines = append(x.lines, l)
		o.bookIn(x, l, e.receivedLine, now)
		came += e.Returned
	}
	return came
}

// undelivered takes a shipped order back that its carrier could not deliver: all goods are in the warehouse
// again, and no return order says so.
func (o *Ongoing) undelivered(x *order, now time.Time) error {
	if x.book.Shipments == 0 {
		return refuse(http.StatusConflict, "order %s was never sent", x.number)
	}
	for _, l := range x.lines {
		var came items
		for _, p := range l.picks {
			if p.back == nil {
				p.back = &backInfo{at: now}
				came += p.count
			}
		}
		l.returned += came
		if came > 0 {
			o.firePicking(x, l, nil, came, now)
		}
	}
	x.lastReturned = now
	x.book.Undelivered = true
	o.setStatus(x, o.switches.ReturnedStatus, now, byStaff)
	return nil
}

func (o *Ongoing) staffTakesBack(x *order, _ *http.Request) (any, error) {
	return nil, o.undelivered(x, o.options.Now())
}
