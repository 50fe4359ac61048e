package strictjson

// Shallow checks body as Check does, and gives it without what lies in the objects and arrays that are members
// of the outermost object: {} and [] stand in their place. Members for which whole holds are left as they are.
// So a reader that wants few things of a long body need not walk over all of it again.
//
// Errors: *Error.
func Shallow(body []byte, whole func(key []byte) bool) ([]byte, error) {
	c := checker{body: body, keys: make([][]byte, 0, 32), out: make([]byte, 0, 512), whole: whole}
	if err := c.check(); err != nil {
		return nil, err
	}
	return append(c.out, body[c.copied:]...), nil
}

// member steps over the value of a key, and leaves out what lies in it if that is asked for.
func (c *checker) member(depth int, key []byte) bool {
	from := c.at
	if !c.value(depth) {
		return false
	}
	if depth == 1 && c.whole != nil && (c.body[from] == '{' || c.body[from] == '[') && !c.whole(key) {
		c.out = append(c.out, c.body[c.copied:from+1]...)
		c.copied = c.at - 1 // its end
	}
	return true
}
