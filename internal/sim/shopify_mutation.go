package sim

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// A shopMutation is the root of all mutations.
type shopMutation struct {
	shop *Shopify
	op   *ast.OperationDefinition
	vars map[string]any

	beside bool // another call with its idempotency key is under way
}

func (m shopMutation) gqlType() string { return "Mutation" }

func (m shopMutation) gqlField(name string, args gqlArgs) any {
	s := m.shop
	if bad := s.denied(name); bad != nil {
		return bad
	}
	s.event = s.newID()
	switch name {
	case "returnCreate":
		return s.returnCreate(args.input("returnInput"), "app")
	case "returnProcess":
		return s.returnProcess(args.input("input"), "app")
	case "removeFromReturn":
		return s.removeFromReturn(args)
	case "returnCancel":
		return s.returnCancel(args.text("id"))
	case "returnClose":
		return s.returnClose(args.text("id"))
	case "returnReopen":
		return s.returnReopen(args.text("id"))
	case "reverseFulfillmentOrderDispose":
		return s.dispose(args.inputs("dispositionInputs"))
	case "fulfillmentOrderHold":
		return s.hold(args.text("id"), args.input("fulfillmentHold"), "app")
	case "fulfillmentOrderReleaseHold":
		return s.releaseHold(args, "app")
	case "fulfillmentCreate":
		return s.fulfillmentCreate(args.input("fulfillment"), "app")
	case "fulfillmentTrackingInfoUpdate":
		return s.trackingUpdate(args)
	case "fulfillmentCancel":
		return s.fulfillmentCancel(args.text("id"))
	case "fulfillmentEventCreate":
		return s.eventCreate(args.input("fulfillmentEvent"))
	case "orderCapture":
		return s.orderCapture(args.input("input"))
	case "transactionVoid":
		return s.transactionVoid(args.text("parentTransactionId"), "app")
	case "orderMarkAsPaid":
		return s.orderMarkAsPaid(args.input("input").text("id"), "app")
	case "orderCreateManualPayment":
		return s.manualPayment(args, "app")
	case "orderCreateMandatePayment":
		return s.mandatePayment(args, "app")
	case "orderInvoiceSend":
		return s.invoiceSend(args, "app")
	case "orderEditBegin":
		return s.editBegin(args.text("id"), "app")
	case "orderEditSetQuantity":
		return s.editQuantity(args)
	case "orderEditCommit":
		return s.editCommit(args)
	case "refundCreate":
		key, bad := m.idempotencyKey(name)
		if bad != nil {
			return bad
		}
		return s.refundCreate(args.input("input"), key, m.beside)
	case "webhookSubscriptionCreate":
		return s.subscriptionCreate(args)
	case "webhookSubscriptionDelete":
		return s.subscriptionDelete(args.text("id"))
	}
	return gqlErrorf("NOT_SIMULATED", "not simulated: Mutation.%s", name)
}

// idempotencyKey returns the key of the directive @idempotent on the root field of this name.
// Errors: BAD_REQUEST if there is none, or a blank one.
func (m shopMutation) idempotencyKey(name string) (string, *gqlError) {
	for _, s := range m.op.SelectionSet {
		field, is := s.(*ast.Field)
		if !is || field.Name != name {
			continue
		}
		if d := field.Directives.ForName("idempotent"); d != nil {
			key, _ := gqlLiteral(d.Arguments.ForName("key").Value, m.vars).(string)
			if key == "" {
				return "", gqlErrorf("BAD_REQUEST", "The idempotency key cannot be blank.")
			}
			return key, nil
		}
	}
	return "", gqlErrorf("BAD_REQUEST", "The @idempotent directive is required for this mutation but was not provided.")
}

// unknownInput returns an error if in holds one of these members, which the simulator would have to pass
// over in silence. An empty list, the schema's default for some, is none.
func unknownInput(in gqlArgs, names ...string) *gqlError {
	for _, name := range names {
		if list, is := in[name].([]any); in.given(name) && (!is || len(list) > 0) {
			return gqlErrorf("NOT_SIMULATED", "not simulated: the input %s", name)
		}
	}
	return nil
}

// A shopUserError is a refusal. Code is "" where the payload's errors have none.
type shopUserError struct {
	field   []string
	message string
	code    string
}

// refused is the payload of a mutation that did nothing. typ is that of its user errors.
func refused(payload, typ string, errs ...shopUserError) gqlObject {
	list := make([]gqlObject, len(errs))
	for i, e := range errs {
		values := map[string]any{"field": nil, "message": e.message, "code": gqlText(e.code)}
		if len(e.field) > 0 {
			values["field"] = e.field
		}
		list[i] = gqlFields{typ, values}
	}
	return gqlFields{payload, map[string]any{"userErrors": list}}
}

// accepted is the payload of a mutation that did what was asked.
func accepted(payload string, values map[string]any) gqlObject {
	values["userErrors"] = []gqlObject{}
	return gqlFields{payload, values}
}
