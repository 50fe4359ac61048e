package ongoing

// OrderPath is for tests that read an order past the peer.
var OrderPath = orderPath
