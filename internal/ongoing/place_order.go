package ongoing

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookPlaceOrder finds the exchange order by its number. It is ours if it carries our exchange id. One with the id
// of another exchange may hold our very goods, if a restored store has made the exchange anew.
func (p *Peer) lookPlaceOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	o, err := p.numbered(ctx, e.Place.Number)
	switch {
	case err != nil:
		return exchange.Outcome{}, err
	case o == nil:
		return outcome(e, exchange.NotDone), p.notElsewhere(ctx, e)
	case o.Info.GoodsOwnerOrderID == string(e.Exchange):
		out := outcome(e, exchange.Done)
		out.Looked = true
		return p.placed(ctx, out, o)
	case exchange.IsID(o.Info.GoodsOwnerOrderID):
		return exchange.Outcome{}, rejected(exchange.CodeNotOurs, "order %s was made for %s", e.Place.Number, o.Info.GoodsOwnerOrderID)
	}
	return exchange.Outcome{}, rejected(exchange.CodeNumberTaken, "order %s is somebody else's", e.Place.Number)
}

// notElsewhere refuses an exchange order that was placed under another number, which a restored store does not know.
func (p *Peer) notElsewhere(ctx context.Context, e exchange.Effect) error {
	if !e.Place.Restored {
		return nil
	}
	mine := string(e.Exchange)
	found, err := p.ordersBy(ctx, "goodsOwnerOrderId", mine, func(o *ongoingrest.OrderInfo) bool { return o.GoodsOwnerOrderID == mine })
	if err != nil || len(found) == 0 {
		return err
	}
	return rejected(exchange.CodeNotOurs, "order %s was made for this one before the store was restored", found[0].Info.OrderNumber)
}

// actPlaceOrder puts the exchange order, to be delivered as the original was, and reads it back.
//
// Shape: PUT /orders. The status it is born in is the system's own choice and comes with the snapshot.
func (p *Peer) actPlaceOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	original, err := p.orderAt(ctx, e.Place.OriginalID)
	if err != nil {
		return exchange.Outcome{}, before(refusedAs(string(exchange.OriginalNotFound), err))
	}
	if original == nil {
		return exchange.Outcome{}, rejected(string(exchange.OriginalNotFound), "order %d is gone", e.Place.OriginalID)
	}
	var answer ongoingrest.OrderAnswer
	if err := p.call(ctx, http.MethodPut, "/orders", nil, p.order(e, original), &answer); err != nil {
		return exchange.Outcome{}, err
	}
	if answer.OrderID == 0 {
		return exchange.Outcome{}, rejected(codeRefused, "%s", words(answer.Message))
	}
	o, err := p.orderAt(ctx, answer.OrderID)
	if err == nil && o == nil {
		err = errGone
	}
	if err != nil {
		return exchange.Outcome{}, after("order put", err)
	}
	out, err := p.placed(ctx, outcome(e, exchange.Done), o)
	if err != nil {
		return exchange.Outcome{}, after("order put", err)
	}
	return out, nil
}

func (p *Peer) placed(ctx context.Context, out exchange.Outcome, o *ongoingrest.Order) (exchange.Outcome, error) {
	snapshot, err := p.snapshot(ctx, o)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out.Order, out.ID = snapshot, strconv.FormatInt(snapshot.ID, 10)
	return out, nil
}

// order is the body of the PUT: what e asks for, and of the original who receives it, how they are told
// and how it is delivered. Prices, remarks and instructions to the warehouse were about other goods.
func (p *Peer) order(e exchange.Effect, original *ongoingrest.Order) ongoingrest.PutOrder {
	from, ask := original.Info, e.Place
	put := ongoingrest.PutOrder{
		GoodsOwnerID:         p.owner,
		OrderNumber:          ask.Number,
		DeliveryDate:         p.deliveryDate(from.DeliveryDate),
		ReferenceNumber:      ask.Reference,
		GoodsOwnerOrderID:    string(e.Exchange),
		ConsigneeOrderNumber: cmp.Or(from.ConsigneeOrderNumber, ask.Reference),
		OrderRemark:          ask.Comment,

		DeliveryInstruction:     from.DeliveryInstruction,
		ServicePointCode:        from.ServicePointCode,
		WayOfDelivery:           codeName(from.WayOfDelivery),
		TermsOfDeliveryType:     codeName(from.TermsOfDeliveryType),
		Transporter:             transporter(original.Transporter),
		ReturnTransporter:       transporter(original.ReturnTransporter),
		TransporterAddons:       original.TransporterAddons,
		ReturnTransporterAddons: original.ReturnTransporterAddons,
		EmailNotification:       from.EmailNotification,
		SMSNotification:         from.SMSNotification,
		TelephoneNotification:   from.TelephoneNotification,
		CustomsInfo:             from.CustomsInfo,
		WarehouseID:             p.warehouse,
	}
	if original.Consignee != nil {
		put.Consignee = *original.Consignee
	}
	if put.WarehouseID == 0 && from.Warehouse != nil {
		put.WarehouseID = from.Warehouse.ID
	}
	picked := true
	for _, l := range ask.Lines {
		put.Lines = append(put.Lines, ongoingrest.PutOrderLine{
			RowNumber: l.Row, ArticleNumber: l.Article, NumberOfItems: ongoingrest.Quantity(l.Quantity),
			ShouldBePicked: &picked, ExternalID: l.ExternalID,
		})
	}
	return put
}

// deliveryDate is the original's where that lies ahead, else today.
func (p *Peer) deliveryDate(original ongoingrest.Time) ongoingrest.Time {
	now := p.now().UTC()
	if original.After(now) {
		return original
	}
	return ongoingrest.Time{Time: now.Truncate(24 * time.Hour)}
}

// codeName leaves out a pair that says nothing, as Ongoing reads back what was never set.
func codeName(c *ongoingrest.CodeName) *ongoingrest.CodeName {
	if c == nil || *c == (ongoingrest.CodeName{}) {
		return nil
	}
	return c
}

func transporter(t *ongoingrest.Transporter) *ongoingrest.PutTransporter {
	if t == nil || t.Code == "" {
		return nil
	}
	return &ongoingrest.PutTransporter{Code: t.Code, ServiceCode: t.ServiceCode}
}
