package sim

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed contract/ongoing-openapi.json.gz
var ongoingDocument []byte

const apiPrefix = "/api/v1"

// A contract is the vendor's OpenAPI document, ready to sort and to check calls.
type contract struct {
	doc   *openapi3.T
	calls []*documentedCall
}

// A documentedCall is one operation of the document. Its name is the method and the path template below
// /api/v1, such as "PATCH /orders/{orderId}/orderStatus".
type documentedCall struct {
	name     string
	method   string
	segments []string
	route    routers.Route
}

// ongoingContract is read once in a process; nothing changes it afterwards.
var ongoingContract = sync.OnceValue(func() *contract {
	packed, err := gzip.NewReader(bytes.NewReader(ongoingDocument))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		panic(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(err)
	}
	// The vendor takes a date alone for these two, as its own examples send it.
	doc.Components.Schemas["PostOrderModel"].Value.Properties["deliveryDate"].Value.Format = ""
	doc.Components.Schemas["PostReturnOrderModel"].Value.Properties["inDate"].Value.Format = ""
	k := &contract{doc: doc}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			below := strings.TrimPrefix(path, apiPrefix)
			k.calls = append(k.calls, &documentedCall{
				name:     method + " " + below,
				method:   method,
				segments: strings.Split(below, "/"),
				route:    routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation},
			})
		}
	}
	return k
})

// match returns the documented call for a path below /api/v1, with its path parameters. Of several
// templates that fit, the one with the fewest parameters is meant.
func (k *contract) match(method, path string) (best *documentedCall, params map[string]string) {
	segments := strings.Split(path, "/")
	for _, call := range k.calls {
		if call.method != method {
			continue
		}
		found, ok := call.fits(segments)
		if ok && (best == nil || len(found) < len(params)) {
			best, params = call, found
		}
	}
	return best, params
}

func (c *documentedCall) fits(segments []string) (map[string]string, bool) {
	if len(segments) != len(c.segments) {
		return nil, false
	}
	params := map[string]string{}
	for i, want := range c.segments {
		if strings.HasPrefix(want, "{") {
			params[strings.Trim(want, "{}")] = segments[i]
		} else if want != segments[i] {
			return nil, false
		}
	}
	return params, true
}

// checkRequest reports a request that is not as the document says, unknown query parameters included.
func (k *contract) checkRequest(r *http.Request, call *documentedCall, params map[string]string, body []byte) (*openapi3filter.RequestValidationInput, error) {
	input := &openapi3filter.RequestValidationInput{
		Request:    r.Clone(context.WithoutCancel(r.Context())),
		PathParams: params,
		Route:      &call.route,
		Options: &openapi3filter.Options{
			MultiError:                        true,
			RejectWhenRequestBodyNotSpecified: true,
			AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
		},
	}
	input.Request.Body = io.NopCloser(bytes.NewReader(body))
	input.Request.ContentLength = int64(len(body))
	if err := call.unknownQuery(r.URL.Query()); err != nil {
		return input, err
	}
	return input, openapi3filter.ValidateRequest(input.Request.Context(), input)
}

func (c *documentedCall) unknownQuery(query url.Values) error {
	for name := range query {
		known := func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name }
		if !slices.ContainsFunc(c.route.Operation.Parameters, known) {
			return fmt.Errorf("query parameter %q is unknown", name)
		}
	}
	return nil
}

// checkReply reports an answer that is not as the document says. Refusals are not documented and pass.
func (k *contract) checkReply(input *openapi3filter.RequestValidationInput, reply Reply) error {
	if reply.Status >= 300 {
		return nil
	}
	return openapi3filter.ValidateResponse(context.WithoutCancel(input.Request.Context()), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 reply.Status,
		Header:                 reply.Header,
		Body:                   io.NopCloser(bytes.NewReader(reply.Body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
}
