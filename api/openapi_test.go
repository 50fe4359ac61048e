package api_test

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/api"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/testkit"
	"github.com/tradeback/tradeback/webhooks"
)

// parameter is how fiber writes one in a route.
var parameter = regexp.MustCompile(`:([a-z_]+)`)

func TestEveryRouteIsInTheDocumentAndTheOtherWayRound(t *testing.T) {
	s := server.New(server.Options{Log: zerolog.Nop()}, webhooks.New(nil, nil, webhooks.Options{}), rest.New(nil, nil, rest.Options{}))
	var served []string
	for _, r := range s.App().GetRoutes(true) {
		if r.Method != http.MethodHead { // fiber answers it wherever it answers GET
			served = append(served, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	var written []string
	for path, item := range testkit.NewContract(t, api.Document).Document.Paths.Map() {
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(written)
	for _, route := range served {
		if !slices.Contains(written, route) {
			t.Errorf("%s is served, and not in the document", route)
		}
	}
	for _, route := range written {
		if !slices.Contains(served, route) {
			t.Errorf("%s is in the document, and not served", route)
		}
	}
	if len(served) == 0 {
		t.Error("nothing is served")
	}
}

func TestEveryOperationSaysWhatMayGoWrong(t *testing.T) {
	for path, item := range testkit.NewContract(t, api.Document).Document.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || op.Summary == "" {
				t.Errorf("%s %s has no name or no summary", method, path)
			}
			var want []string
			if op.Security == nil || len(*op.Security) > 0 {
				want = append(want, "401")
			}
			if op.RequestBody != nil {
				want = append(want, "400", "413", "415", "503")
			}
			for _, status := range append(want, "429") {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s %s does not say %s", method, path, status)
				}
			}
			if op.Responses.Value("200") == nil && op.Responses.Value("201") == nil && op.Responses.Value("204") == nil {
				t.Errorf("%s %s does not say what goes well", method, path)
			}
		}
	}
}
