// Package sim holds the two simulators: Ongoing, a warehouse system, and Shopify, a shop. Each is a real
// HTTP server, built from its vendor's documents alone, that keeps state, sends webhooks, does harm on
// request and keeps a ledger of what truly happened. The package imports nothing else of this module, so
// that no mistake is shared between a simulator and the code it is there to try.
//
// What the simulators have in common: Faults (harm to calls), Chance (harm that nobody chose), Courier
// (delivery of webhooks), Tally (counting calls) and Control (the door under /control/ by which a test or a
// demo steers them).
package sim
