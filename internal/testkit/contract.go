// Package testkit is what tests of several rooms share.
package testkit

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Contract checks what is really said against an OpenAPI document.
type Contract struct {
	Document *openapi3.T
	router   routers.Router
}

// NewContract reads the document and checks that it is one.
func NewContract(t testing.TB, document []byte) *Contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatalf("load the OpenAPI document: %v", err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatalf("the OpenAPI document: %v", err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &Contract{Document: doc, router: router}
}

// Check fails t if resp, with this body, is no answer that the document gives to req, or if req with sent
// was taken although the document does not allow it. What the document does not know is not checked.
func (c *Contract) Check(t testing.TB, req *http.Request, sent []byte, resp *http.Response, body []byte) {
	t.Helper()
	if in := c.question(req, sent); in != nil && resp.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("%s %s was taken, against the document: %v", req.Method, req.URL, err)
		}
	}
	c.CheckAnswer(t, req, resp, body)
}

// CheckAnswer is Check of the answer alone.
func (c *Contract) CheckAnswer(t testing.TB, req *http.Request, resp *http.Response, body []byte) {
	t.Helper()
	in := c.question(req, nil)
	if in == nil {
		return
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header, Options: in.Options,
		Body: io.NopCloser(bytes.NewReader(body)),
	}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("%s %s was answered %d against the document: %v\n%s", req.Method, req.URL, resp.StatusCode, err, body)
	}
}

// question is req with sent as its body, on the route that the document has for it. Nil: it has none.
func (c *Contract) question(req *http.Request, sent []byte) *openapi3filter.RequestValidationInput {
	asked := req.Clone(context.Background())
	asked.Body = io.NopCloser(bytes.NewReader(sent))
	route, params, err := c.router.FindRoute(asked)
	if err != nil {
		return nil
	}
	return &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
		},
	}
}
