package sim

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A gqlError is one entry of the top-level errors of an answer.
type gqlError struct {
	Message    string              `json:"message"`
	Locations  []gqlerror.Location `json:"locations,omitempty"`
	Path       []any               `json:"path,omitempty"`
	Extensions map[string]any      `json:"extensions,omitempty"`
}

func (e *gqlError) Error() string { return e.Message }

// code returns the error's code, "" if it has none.
func (e *gqlError) code() string {
	code, _ := e.Extensions["code"].(string)
	return code
}

// gqlErrorf returns an error with this code.
func gqlErrorf(code, format string, args ...any) *gqlError {
	return &gqlError{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": code}}
}

// gqlCodes gives the code that Shopify's server, which is built on graphql-ruby, puts on a document that
// breaks this rule of the validator.
var gqlCodes = map[string]string{
	"FieldsOnCorrectType":          "undefinedField",
	"FragmentsOnCompositeTypes":    "fragmentOnNonCompositeType",
	"KnownArgumentNames":           "argumentNotAccepted",
	"KnownDirectives":              "undefinedDirective",
	"KnownFragmentNames":           "useAndDefineFragment",
	"KnownTypeNames":               "undefinedType",
	"LoneAnonymousOperation":       "uniquelyNamedOperations",
	"NoFragmentCycles":             "infiniteLoop",
	"NoUndefinedVariables":         "variableNotDefined",
	"NoUnusedFragments":            "useAndDefineFragment",
	"NoUnusedVariables":            "variableNotUsed",
	"OverlappingFieldsCanBeMerged": "fieldConflict",
	"PossibleFragmentSpreads":      "cannotSpreadFragment",
	"ProvidedRequiredArguments":    "missingRequiredArguments",
	"ScalarLeafs":                  "selectionMismatch",
	"UniqueArgumentNames":          "argumentNotUnique",
	"UniqueInputFieldNames":        "inputFieldNotUnique",
	"UniqueOperationNames":         "uniquelyNamedOperations",
	"UniqueVariableNames":          "variableNotUnique",
	"ValuesOfCorrectType":          "argumentLiteralsIncompatible",
	"VariablesAreInputTypes":       "variableRequiresValidType",
	"VariablesInAllowedPosition":   "variableMismatch",
}

// gqlInvalid translates what the validator found into errors of Shopify's shape.
func gqlInvalid(found gqlerror.List) []*gqlError {
	errs := make([]*gqlError, 0, len(found))
	for _, f := range found {
		e := &gqlError{Message: f.Message, Locations: f.Locations}
		if code, known := gqlCodes[f.Rule]; known {
			e.Extensions = map[string]any{"code": code}
		}
		errs = append(errs, e)
	}
	return errs
}
