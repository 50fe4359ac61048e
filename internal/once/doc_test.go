// Package once tests that every act is done once, whatever goes wrong: each kind, through the real outbox and the real
// adapters, over real HTTP, at simulators that do harm on request. What truly happened is read from their ledgers.
package once
