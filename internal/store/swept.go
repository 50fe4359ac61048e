package store

// Swept is how much Sweep has dropped, in rows.
type Swept struct {
	Ignored int // ignored events
	Parked  int // parked items: dead now, or gone
	Bodies  int // raw bodies
	Keys    int // dedupe keys
}

// Rows is how many in all.
func (s Swept) Rows() int { return s.Ignored + s.Parked + s.Bodies + s.Keys }

// Add is s and what t has dropped besides.
func (s Swept) Add(t Swept) Swept {
	return Swept{s.Ignored + t.Ignored, s.Parked + t.Parked, s.Bodies + t.Bodies, s.Keys + t.Keys}
}
