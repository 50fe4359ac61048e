package sim

import (
	"maps"

	"github.com/getkin/kin-openapi/openapi3"
)

// fill returns an object of the named schema: every member is there, with from's value where from has one
// that the schema knows, else null, or the zero value where null is not allowed. Members of members too.
func (k *contract) fill(schema string, from map[string]any) map[string]any {
	return shapeObject(k.doc.Components.Schemas[schema].Value, from)
}

func shapeObject(schema *openapi3.Schema, from map[string]any) map[string]any {
	object := map[string]any{}
	all := append([]*openapi3.Schema{schema}, parts(schema)...)
	for _, part := range all {
		for name, member := range part.Properties {
			object[name] = shape(member.Value, from[name])
		}
	}
	for _, part := range all {
		if more := part.AdditionalProperties.Has; more != nil && !*more {
			// The document adds a member to a part that allows no more, in GetCustomerGroup.
			maps.DeleteFunc(object, func(name string, _ any) bool { return part.Properties[name] == nil })
		}
	}
	return object
}

func shape(schema *openapi3.Schema, value any) any {
	switch v := value.(type) {
	case nil:
		return zero(schema)
	case map[string]any:
		return shapeObject(schema, v)
	case []any:
		shaped := make([]any, 0, len(v))
		for _, element := range v {
			if schema.Items == nil {
				break
			}
			shaped = append(shaped, shape(schema.Items.Value, element))
		}
		return shaped
	default:
		return v
	}
}

func zero(schema *openapi3.Schema) any {
	switch {
	case schema.Nullable || schema.Type == nil:
		return nil
	case schema.Type.Is("boolean"):
		return false
	case schema.Type.Is("integer"):
		return 0
	case schema.Type.Is("number"):
		return items(0)
	default:
		return nil
	}
}

// parts returns what schema is put together from: the document wraps a nullable reference in a oneOf of one.
func parts(schema *openapi3.Schema) []*openapi3.Schema {
	var found []*openapi3.Schema
	for _, list := range []openapi3.SchemaRefs{schema.OneOf, schema.AllOf} {
		for _, ref := range list {
			found = append(found, ref.Value)
			found = append(found, parts(ref.Value)...)
		}
	}
	return found
}
