package exchange

// Ref is a name by which an event can find an exchange: "return:gid://…", "order:#1001-EX1". A claim is
// one exchange's alone, checked in the commit that makes it; a Shared ref may name several.
type Ref struct {
	Name   string `json:"name"`
	Shared bool   `json:"shared,omitempty"`
}
