package inbox

// Share is share.
var Share = share
