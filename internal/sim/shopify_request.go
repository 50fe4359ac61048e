package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

var shopVersionForm = regexp.MustCompile(`^(20\d\d-(01|04|07|10)|unstable)$`)

// A gqlResponse is the body of an answer. Data is absent where nothing was run.
type gqlResponse struct {
	Data       *any           `json:"data,omitempty"`
	Errors     []*gqlError    `json:"errors,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// graphql handles POST /admin/api/{version}/graphql.json: who, what, may it, and then one operation, as a
// whole under the lock. Every version is served with the one schema there is, which the answer's header names.
func (s *Shopify) graphql(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return
	}
	w.Header().Set("X-Request-Id", fmt.Sprintf("sim-%d", time.Now().UnixNano()))
	if !shopVersionForm.MatchString(r.PathValue("version")) {
		JSON(http.StatusNotFound, map[string]string{"errors": "Not Found"}).write(w)
		return
	}
	w.Header().Set("X-Shopify-API-Version", shopVersion)
	if !s.admits(r.Header.Get("X-Shopify-Access-Token")) {
		text := "[API] Invalid API key or access token (unrecognized login or wrong password)"
		s.mu.Lock()
		s.unauthorized++
		s.mu.Unlock()
		JSON(http.StatusUnauthorized, map[string]string{"errors": text}).write(w)
		return
	}
	var request gqlRequest
	if err := json.Unmarshal(body, &request); err != nil {
		s.reject("", "400 "+err.Error())
		JSON(http.StatusBadRequest, map[string]string{"errors": "Bad Request"}).write(w)
		return
	}
	doc, op, vars, bad := s.read(request)
	if len(bad) > 0 {
		texts := make([]string, len(bad))
		for i, e := range bad {
			texts[i] = strings.TrimSpace(e.code() + " " + e.Message)
		}
		s.reject(gqlName(doc, op), strings.Join(texts, "; "))
		JSON(http.StatusOK, gqlResponse{Errors: bad}).write(w)
		return
	}
	calls := gqlRootFields(op)
	for _, call := range calls {
		defer s.tally.Begin(call, "graphql")()
	}
	beside, end := s.beginKey(op, vars)
	defer end()
	s.Faults.Serve(w, r, calls[0], func() Reply { return s.run(op, vars, beside) })
}

// read parses and checks the request. Nothing is run if it finds anything.
func (s *Shopify) read(request gqlRequest) (*ast.QueryDocument, *ast.OperationDefinition, map[string]any, []*gqlError) {
	doc, bad := s.documents.parse(request.Query)
	if len(bad) > 0 {
		return nil, nil, nil, bad
	}
	op, wrong := gqlOperation(doc, request.OperationName)
	if wrong != nil {
		return doc, nil, nil, []*gqlError{wrong}
	}
	vars, wrong := gqlVariables(shopSchema(), op, request.Variables)
	if wrong != nil {
		return doc, op, nil, []*gqlError{wrong}
	}
	return doc, op, vars, nil
}

func gqlName(doc *ast.QueryDocument, op *ast.OperationDefinition) string {
	switch {
	case op != nil:
		return op.Name
	case doc != nil && len(doc.Operations) > 0:
		return doc.Operations[0].Name
	}
	return ""
}

// run answers one operation, if the bucket holds what it asks for. Beside says that another one with its
// idempotency key is under way.
func (s *Shopify) run(op *ast.OperationDefinition, vars map[string]any, beside bool) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	requested := gqlCost(shopSchema(), op, vars)
	available := s.bucket.available(s.switches, now)
	if requested > shopMaxCost {
		text := fmt.Sprintf("Query cost is %d, which exceeds the single query max cost limit %d", requested, shopMaxCost)
		s.rejected = append(s.rejected, ShopifyRejected{Operation: op.Name, Reason: "MAX_COST_EXCEEDED " + text})
		return JSON(http.StatusOK, gqlResponse{Errors: []*gqlError{gqlErrorf("MAX_COST_EXCEEDED", "%s", text)}})
	}
	if requested > available {
		return s.tooFast(requested, available)
	}
	s.bucket.spend(requested)
	s.event = 0
	x := &gqlRun{schema: shopSchema(), vars: vars}
	data := s.root(x, op, beside)
	for _, do := range s.afterwards {
		do()
	}
	s.afterwards = nil
	s.tellUpdated()
	for _, e := range x.errs {
		s.rejected = append(s.rejected, ShopifyRejected{Operation: op.Name, Reason: e.code() + " " + e.Message})
	}
	actual := x.objects - 1 // the root is free
	if op.Operation == ast.Mutation {
		actual += 10 * len(op.SelectionSet)
	}
	actual = min(actual, requested)
	s.bucket.spend(actual - requested)
	return JSON(http.StatusOK, gqlResponse{
		Data: &data, Errors: x.errs, Extensions: s.costOf(requested, &actual, s.bucket.available(s.switches, now)),
	})
}

// root runs the root fields of op one after the other.
func (s *Shopify) root(x *gqlRun, op *ast.OperationDefinition, beside bool) any {
	var root gqlObject = shopQuery{s}
	if op.Operation == ast.Mutation {
		root = shopMutation{shop: s, op: op, vars: x.vars, beside: beside}
	}
	data, ok := x.object(root, op.SelectionSet, nil)
	if !ok {
		return nil
	}
	return data
}

// denied returns an error if the app may not use this root field.
func (s *Shopify) denied(field string) *gqlError {
	if !slices.Contains(s.switches.Denied, field) {
		return nil
	}
	err := gqlErrorf("ACCESS_DENIED", "Access denied for %s field.", field)
	err.Extensions["documentation"] = "https://shopify.dev/api/usage/access-scopes"
	err.Extensions["requiredAccess"] = "an access scope that the app was not granted"
	return err
}

func (s *Shopify) tooFast(requested, available int) Reply {
	err := gqlErrorf("THROTTLED", "Throttled")
	err.Extensions["documentation"] = "https://shopify.dev/api/usage/rate-limits"
	return JSON(http.StatusOK, gqlResponse{Errors: []*gqlError{err}, Extensions: s.costOf(requested, nil, available)})
}

// throttled is what a fault of kind throttle answers: 200 and THROTTLED, unless it asks for a status.
func (s *Shopify) throttled(f Fault) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := s.tooFast(s.switches.Bucket/4, 0)
	reply.Status = cmp.Or(f.Status, reply.Status)
	if f.RetryAfter > 0 {
		reply.Header.Set("Retry-After", fmt.Sprint(f.RetryAfter))
	}
	return reply
}

// failed is what a fault of kind error_before or error_after answers: a status, or with status 200 the
// top-level error INTERNAL_SERVER_ERROR.
func (s *Shopify) failed(f Fault) Reply {
	text := "Internal error. Looks like something went wrong on our end.\nRequest ID: sim (include this in support requests)."
	if f.Status == http.StatusOK {
		return JSON(http.StatusOK, gqlResponse{Errors: []*gqlError{gqlErrorf("INTERNAL_SERVER_ERROR", "%s", text)}})
	}
	return JSON(cmp.Or(f.Status, http.StatusInternalServerError), map[string]string{"errors": "Internal Server Error"})
}

func (s *Shopify) reject(operation, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected = append(s.rejected, ShopifyRejected{Operation: operation, Reason: reason})
}
