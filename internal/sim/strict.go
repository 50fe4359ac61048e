package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// strict decodes data into v; an unknown member or anything after the value is an error.
func strict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("decode json: %w", err)
	}
	if dec.More() {
		return fmt.Errorf("decode json: more than one value")
	}
	return nil
}

// oneOrMany decodes the request's body, a T or an array of them.
func oneOrMany[T any](r *http.Request) ([]T, error) {
	var raw json.RawMessage
	if err := decode(r, &raw); err != nil {
		return nil, err
	}
	if isArray(raw) {
		var many []T
		err := strict(raw, &many)
		return many, err
	}
	var one T
	err := strict(raw, &one)
	return []T{one}, err
}

func isArray(raw []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("["))
}
