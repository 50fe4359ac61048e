package outbox

// Deliver makes one attempt at an item, for tests that stop in the middle of one.
var Deliver = (*Worker).deliver
