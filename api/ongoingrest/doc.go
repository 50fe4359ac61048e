// Package ongoingrest holds the wire types of Ongoing's goods owner REST API and of its webhooks: the
// calls tradeback makes, with the members it sends or reads.
//
// Reads keep what they need and ignore the rest. A null, an empty string and a missing member read
// alike, as Ongoing uses all three for "unset". Requests leave out what is unset and never send a
// member that the schemas do not know.
//
// Units: quantities are whole items (Quantity), amounts are decimals kept as text (json.Number).
// Source: openapi.json.gz beside this file, against which a test checks every type here; its
// description says what in it is the vendor's own. The webhooks are in no such document: they follow
// developer.ongoingwarehouse.com, and the return order's is a guess by its neighbours' pattern.
package ongoingrest
