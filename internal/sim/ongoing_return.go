package sim

import (
	"slices"
	"time"
)

// A returnOrder announces goods that a customer sends back from one order.
type returnOrder struct {
	id       int
	owner    *goodsOwner
	number   string
	original *order
	put      map[string]any // the members of the last PUT, its lines apart
	lines    []*returnLine
	status   int
	maker    *apiUser

	created, arrived time.Time

	book ReturnBook
}

type returnLine struct {
	id       int
	row      string
	line     *orderLine // nil where the original order has no such article
	article  *article
	extra    bool // not announced: added by the warehouse
	put      map[string]any
	announce items
	returned items // scrapped ones included
	scrapped items
	items    []returnedItem
}

type returnedItem struct {
	count    items
	scrapped bool
	at       time.Time
}

func (x *returnOrder) line(row string) *returnLine {
	if i := slices.IndexFunc(x.lines, func(l *returnLine) bool { return l.row == row }); i >= 0 {
		return x.lines[i]
	}
	return nil
}

// received says whether anything has come back.
func (x *returnOrder) received() bool {
	return slices.ContainsFunc(x.lines, func(l *returnLine) bool { return l.returned > 0 })
}

// setReturnStatus gives x another status, in the books too. The status it has already is no change.
func (o *Ongoing) setReturnStatus(x *returnOrder, number int, now time.Time) {
	if number == x.status {
		return
	}
	x.status = number
	o.bookReturnStatus(x)
	o.fireReturn(x, now)
}

// viewReturn returns x as GET answers it (GetReturnOrderModel).
func (o *Ongoing) viewReturn(x *returnOrder) map[string]any {
	info := o.contract.fill("GetReturnOrderInfo", x.put)
	info["returnOrderId"], info["returnOrderNumber"] = x.id, x.number
	info["returnOrderStatus"] = Status{Number: x.status, Text: o.switches.returnText(x.status)}
	info["createdDate"], info["returnOrderArrivalTime"] = utc(x.created), utcOrNull(x.arrived)
	info["returnOrderCreatedBy"] = map[string]any{"userId": x.maker.id, "userName": x.maker.name}
	for _, w := range warehouses {
		if asked, _ := as[int](x.put["warehouseId"]); w.id == max(asked, 1) {
			info["warehouse"] = w.view()
		}
	}
	lines := []any{}
	for _, l := range x.lines {
		lines = append(lines, o.viewReturnLine(l))
	}
	return map[string]any{
		"returnOrderInfo":   info,
		"customerOrderInfo": map[string]any{"orderId": x.original.id, "orderNumber": x.original.number},
		"returnOrderLines":  lines,
	}
}

func (o *Ongoing) viewReturnLine(l *returnLine) map[string]any {
	view := o.contract.fill("GetReturnOrderLine", l.put)
	view["returnOrderLineId"], view["returnOrderRowNumber"] = l.id, l.row
	view["customerOrderLine"], view["pickedNumberOfItems"] = nil, items(0)
	if l.line != nil {
		view["customerOrderLine"] = map[string]any{"orderLineId": l.line.id, "customerOrderRowNumber": l.line.row}
		view["pickedNumberOfItems"] = l.line.picked
	}
	article := o.contract.fill("GetReturnOrderLineArticle", l.article.put)
	article["articleSystemId"], article["articleNumber"] = l.article.id, l.article.number
	view["article"] = article
	view["toBeReturnedNumberOfItems"] = l.announce
	view["returnedNumberOfItems"], view["returnedRemovedByInventoryNumberOfItems"] = l.returned, l.scrapped
	returned := []any{}
	for _, i := range l.items {
		item := o.contract.fill("GetReturnedArticleItem", nil)
		for _, name := range []string{"batch", "serial", "container", "comment", "returnComment"} {
			item[name] = ""
		}
		item["numberOfItems"], item["isReturnRemovedByInventory"] = i.count, i.scrapped
		item["location"], item["returnTime"] = "RET-01", utc(i.at)
		item["returnCause"] = view["returnCause"]
		returned = append(returned, item)
	}
	view["returnedArticleItems"] = returned
	return view
}
