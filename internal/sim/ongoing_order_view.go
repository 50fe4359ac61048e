package sim

// viewOrder returns x as GET answers it (GetOrderModel).
func (o *Ongoing) viewOrder(x *order) map[string]any {
	view := o.contract.fill("GetOrderModel", nil)
	view["goodsOwner"] = map[string]any{"id": x.owner.id, "name": x.owner.name}
	view["orderInfo"] = o.viewOrderInfo(x)
	consignee, _ := x.put["consignee"].(map[string]any)
	to := o.contract.fill("GetOrderConsignee", consignee)
	to["id"] = x.consignee
	view["consignee"] = to
	view["parcels"] = x.viewParcels()
	view["orderLines"] = o.viewLines(x)
	view["transporter"] = viewTransporter(x.put["transporter"])
	view["returnTransporter"] = viewTransporter(x.put["returnTransporter"])
	view["tracking"] = x.viewTracking(false)
	view["returnTracking"] = x.viewTracking(true)
	whole := o.contract.fill("GetOrderModel", x.put)
	for _, name := range []string{"classes", "transporterAddons", "returnTransporterAddons"} {
		view[name] = whole[name]
	}
	return view
}

func (o *Ongoing) viewOrderInfo(x *order) map[string]any {
	info := o.contract.fill("GetOrderInfo", x.put)
	info["orderId"], info["orderNumber"] = x.id, x.number
	info["createdDate"], info["shippedTime"] = utc(x.created), utcOrNull(x.shipped)
	info["wayBill"], info["returnWayBill"] = x.waybill(false), x.waybill(true)
	info["orderStatus"] = Status{Number: x.status, Text: o.switches.orderText(x.status)}
	var ordered, allocated, picked items
	for _, l := range x.lines {
		if l.shouldBePicked() {
			ordered += l.ordered
		}
		allocated += x.allocatedOf(l)
		picked += l.picked
	}
	info["orderedNumberOfItems"], info["allocatedNumberOfItems"], info["pickedNumberOfItems"] = ordered, allocated, picked
	info["warehouse"] = x.warehouse().view()
	info["printedTime"] = utcOrNull(x.shipped)
	info["advanced"] = nil
	return info
}

func (x *order) warehouse() warehouse {
	asked, _ := as[int](x.put["warehouseId"])
	for _, w := range warehouses {
		if w.id == asked {
			return w
		}
	}
	return warehouses[0]
}

func (x *order) allocatedOf(l *orderLine) items {
	if !x.allocated || !l.shouldBePicked() {
		return 0
	}
	return l.ordered
}

func (o *Ongoing) viewLines(x *order) []any {
	views := []any{}
	if x.blindReads > 0 {
		x.blindReads--
		return views
	}
	for _, l := range x.lines {
		view := o.contract.fill("GetOrderLine", l.put)
		view["id"], view["rowNumber"] = l.id, l.row
		view["article"] = l.article.inOrder(o.contract)
		view["orderedNumberOfItems"], view["allocatedNumberOfItems"] = l.ordered, x.allocatedOf(l)
		view["pickedNumberOfItems"], view["packedNumberOfItems"] = l.picked, l.picked
		view["returnedNumberOfItems"] = l.returned
		view["shouldBePicked"] = l.shouldBePicked()
		view["freeValues"] = l.put["lineFreeValues"]
		view["subOrderLines"] = nil
		view["pickedArticleItems"] = o.viewPicks(x, l)
		views = append(views, view)
	}
	return views
}

func (o *Ongoing) viewPicks(x *order, l *orderLine) []any {
	views := []any{}
	for _, p := range l.picks {
		view := o.contract.fill("GetOrderPickedArticleItem", nil)
		for _, name := range []string{"serial", "caseNumber", "batchNumber", "container", "comment", "locationTypeCode", "freeText1"} {
			view[name] = ""
		}
		view["articleItemId"], view["originalArticleItemId"] = p.id, p.id
		view["numberOfItems"], view["isPicked"] = p.count, true
		view["inDate"], view["pickedTime"], view["packedTime"] = utc(x.created), utc(p.picked), utc(p.picked)
		view["location"], view["locationId"] = "A15", 115
		view["warehouse"] = x.warehouse().view()
		parcel := o.contract.fill("GetPickedArticleItemParcel", nil)
		parcel["id"], parcel["parcelNumber"] = p.parcel.id, p.parcel.waybill
		view["parcel"] = parcel
		if b := p.back; b != nil {
			view["isReturned"], view["returnDate"], view["returnCause"] = true, utc(b.at), b.cause
			if b.order != 0 {
				view["returnOrderInfo"] = map[string]any{"returnOrderId": b.order, "returnOrderLineId": b.line}
			}
		}
		views = append(views, view)
	}
	return views
}

func (x *order) viewParcels() []any {
	views := []any{}
	for _, p := range x.parcels {
		var tracking any
		if !p.tracked.IsZero() {
			tracking = map[string]any{"freightPrice": nil, "trackingUrl": p.url(), "waybill": p.waybill}
		}
		views = append(views, map[string]any{
			"id": p.id, "parcelNumber": p.waybill, "isReturnParcel": p.back, "tracking": tracking, "advanced": nil,
		})
	}
	return views
}

// viewTracking is null as long as there is none.
func (x *order) viewTracking(back bool) any {
	var views []any
	for _, p := range x.parcels {
		if p.back == back && !p.tracked.IsZero() {
			views = append(views, map[string]any{
				"freightPrice": nil, "trackingUrl": p.url(), "waybill": p.waybill, "created": utc(p.tracked),
			})
		}
	}
	if views == nil {
		return nil
	}
	return views
}

// waybill is the older single member: the first parcel's.
func (x *order) waybill(back bool) any {
	for _, p := range x.parcels {
		if p.back == back && !p.tracked.IsZero() {
			return p.waybill
		}
	}
	return nil
}

func viewTransporter(put any) any {
	sent, ok := put.(map[string]any)
	if !ok {
		return nil
	}
	view := map[string]any{
		"transporterName": nil, "name": nil, "code": sent["transporterCode"], "serviceCode": sent["transporterServiceCode"],
		"transporterContract": nil, "serviceComment": nil,
	}
	for _, service := range transporterServices {
		if service.code == view["code"] && service.service == view["serviceCode"] {
			view["transporterName"], view["name"] = service.transporter, service.name
		}
	}
	return view
}
