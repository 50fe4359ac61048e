package sim

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// A no is what the warehouse will not do, or cannot find.
type no struct {
	text    string
	missing bool // the id or number does not exist
	unknown bool // the simulator does not know this part of the API
}

func (n *no) Error() string { return n.text }

func notFound(text string) *no { return &no{text: text, missing: true} }

// refusal says no in the shape the switches ask for.
func (o *Ongoing) refusal(c *ongoingCall, not *no) Reply {
	switch {
	case not.unknown:
		return failure(http.StatusNotImplemented, not.text)
	case o.switches.RefusalsAs200 && !strings.HasPrefix(c.name, http.MethodGet):
		return JSON(http.StatusOK, c.emptyAnswer(not.text))
	case not.missing:
		return JSON(o.switches.NotFoundStatus, map[string]string{"message": not.text})
	default:
		return JSON(o.switches.RefusalStatus, map[string]string{"message": not.text})
	}
}

// emptyAnswer is the answer's model without an id; where the model must have one, the call's own.
func (c *ongoingCall) emptyAnswer(message string) map[string]any {
	id := "orderId"
	switch {
	case strings.Contains(c.name, "/returnCauses"):
		return map[string]any{"returnCauseId": nil, "success": false, "message": message}
	case strings.Contains(c.name, "/returnOrders"):
		id = "returnOrderId"
	case strings.Contains(c.name, "/articles"):
		id = "articleSystemId"
	}
	answer := map[string]any{id: nil, "message": message}
	if strings.HasPrefix(c.name, http.MethodPatch) {
		answer[id] = c.param(id)
	}
	return answer
}

// failure is an error in the form of the server below the API, with a capital M.
func failure(status int, message string) Reply {
	return JSON(status, map[string]string{"Message": message})
}

func ongoingFailed(f Fault) Reply {
	return failure(cmp.Or(f.Status, http.StatusInternalServerError), "An error has occurred.")
}

func ongoingThrottled(f Fault) Reply {
	return tooMany(cmp.Or(f.Status, http.StatusTooManyRequests), f.RetryAfter)
}

func (o *Ongoing) tooMany() Reply {
	return tooMany(http.StatusTooManyRequests, o.switches.RetryAfter)
}

func tooMany(status, retryAfter int) Reply {
	reply := failure(status, "The rate limit of this method is exceeded.")
	if retryAfter > 0 {
		reply.Header.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	return reply
}

// invalid is the answer to a request that is not as the document says: each fault by its place.
func invalid(err error) Reply {
	state := map[string][]string{}
	collect(err, "o", state)
	return JSON(http.StatusBadRequest, map[string]any{"Message": "The request is invalid.", "ModelState": state})
}

func collect(err error, at string, state map[string][]string) {
	switch e := err.(type) { //nolint:errorlint // the nesting itself is what is walked here
	case openapi3.MultiError:
		for _, each := range e {
			collect(each, at, state)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			at = e.Parameter.Name
		}
		if e.Err == nil {
			state[at] = append(state[at], e.Reason)
			return
		}
		collect(e.Err, at, state)
	case *openapi3.SchemaError:
		place := strings.Join(append([]string{at}, e.JSONPointer()...), ".")
		if e.Origin != nil { // this one says only that another one is the reason
			collect(e.Origin, at, state)
			return
		}
		state[place] = append(state[place], e.Reason)
	default:
		state[at] = append(state[at], err.Error())
	}
}
