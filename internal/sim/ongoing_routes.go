package sim

import "net/http"

// ongoingActs are the calls that the simulator knows. The document has more; those answer 501 and say so.
var ongoingActs = map[string]ongoingAct{
	"PUT /orders":                                                    putOrder,
	"GET /orders":                                                    listOrders,
	"DELETE /orders":                                                 cancelOrderByNumber,
	"GET /orders/{orderId}":                                          oneOrder,
	"PUT /orders/{orderId}":                                          putOrderByID,
	"DELETE /orders/{orderId}":                                       cancelOrder,
	"GET /orders/statuses":                                           listOrderStatuses,
	"PATCH /orders/{orderId}/orderStatus":                            patchOrderStatus,
	"PATCH /orders/{orderId}/orderNumber":                            patchOrderMember,
	"PATCH /orders/{orderId}/goodsOwnerOrderId":                      patchOrderMember,
	"PATCH /orders/{orderId}/deliveryDate":                           patchOrderMember,
	"PATCH /orders/{orderId}/orderRemark":                            patchOrderMember,
	"PATCH /orders/{orderId}/warehouseInstruction":                   patchOrderMember,
	"PATCH /orders/{orderId}/servicePointCode":                       patchOrderMember,
	"PATCH /orders/{orderId}/freeText1":                              patchOrderMember,
	"PATCH /orders/{orderId}/freeText2":                              patchOrderMember,
	"PATCH /orders/{orderId}/freeText3":                              patchOrderMember,
	"PATCH /orders/{orderId}/freightPrice":                           patchOrderMember,
	"PATCH /orders/{orderId}/invoiceUrl":                             patchOrderMember,
	"PUT /returnOrders":                                              putReturn,
	"GET /returnOrders":                                              listReturns,
	"DELETE /returnOrders":                                           cancelReturnByNumber,
	"GET /returnOrders/{returnOrderId}":                              oneReturn,
	"DELETE /returnOrders/{returnOrderId}":                           cancelReturn,
	"GET /returnOrders/statuses":                                     listReturnStatuses,
	"GET /returnOrders/returnCauses":                                 listCauses,
	"PUT /returnOrders/returnCauses":                                 putCause,
	"PATCH /returnOrders/{returnOrderId}/returnOrderStatus":          patchReturnStatus,
	"PATCH /returnOrders/{returnOrderId}/returnOrderHandlingComment": patchReturnComment,
	"PUT /articles":                                                  putArticle,
	"GET /articles":                                                  listArticles,
	"GET /articles/{articleSystemId}":                                oneArticle,
	"GET /warehouses":                                                listWarehouses,
	"GET /transporterContracts":                                      listTransporters,
}

func listOrderStatuses(o *Ongoing, _ *ongoingCall) (int, any, error) {
	return http.StatusOK, map[string]any{"orderStatuses": o.switches.OrderStatuses}, nil
}

func listReturnStatuses(o *Ongoing, _ *ongoingCall) (int, any, error) {
	return http.StatusOK, map[string]any{"returnOrderStatuses": o.switches.ReturnStatuses}, nil
}

func listWarehouses(o *Ongoing, _ *ongoingCall) (int, any, error) {
	views := []any{}
	for _, w := range warehouses {
		view := o.contract.fill("WarehouseModel", w.view())
		view["address"] = o.contract.fill("WarehouseAddressModel", map[string]any{
			"name": w.name, "address1": "Lagergatan 4", "postCode": "41707", "city": "Göteborg", "countryCode": "SE",
		})
		views = append(views, view)
	}
	return http.StatusOK, views, nil
}

// The transport services that every simulated system has set up.
var transporterServices = []struct{ transporter, code, name, service string }{
	{"PostNord Sweden AB", "PLAB", "PostNord MyPack Collect", "P19"},
	{"PostNord Sweden AB", "PLAB", "PostNord Return Drop Off", "P24"},
}

func listTransporters(*Ongoing, *ongoingCall) (int, any, error) {
	services := []any{}
	for _, s := range transporterServices {
		services = append(services, map[string]any{"transporterServiceName": s.name, "transporterServiceCode": s.service})
	}
	contract := map[string]any{
		"ediCode": "", "transporterName": transporterServices[0].transporter,
		"transporterCode": transporterServices[0].code, "transporterServiceCode": "", "transporterServices": services,
	}
	return http.StatusOK, []any{contract}, nil
}
