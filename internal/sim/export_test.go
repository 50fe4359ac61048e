package sim

// Changed returns a channel that is closed when the next call of a goods owner begins or ends.
func (o *Ongoing) Changed() <-chan struct{} { return o.tally.changed() }
