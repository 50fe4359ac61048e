package strictjson

// Only checks body as Check does, and gives its outermost object with those members alone that are wanted. So a
// reader that wants few things of a long body need not walk over all of it again. A body that is no object is
// given as it is.
//
// Errors: *Error.
func Only(body []byte, wanted func(key []byte) bool) ([]byte, error) {
	c := checker{body: body, keys: make([][]byte, 0, 32), out: append(make([]byte, 0, 512), '{'), wanted: wanted}
	if err := c.check(); err != nil {
		return nil, err
	}
	if !c.outermost {
		return body, nil
	}
	return append(c.out, '}'), nil
}

// member steps over the value of a key that begins at from, and takes it along if that is asked for.
func (c *checker) member(depth, from int, key []byte) bool {
	if !c.value(depth) {
		return false
	}
	if depth == 1 && c.outermost && c.wanted != nil && c.wanted(key) {
		if len(c.out) > 1 {
			c.out = append(c.out, ',')
		}
		c.out = append(c.out, c.body[from:c.at]...)
	}
	return true
}
