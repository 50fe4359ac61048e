// Package bench measures tradeback as its users meet it: the real binary in processes of their own, real stores
// (a SQLite file, a Redis with appendfsync always), real HTTP on loopback. What it finds are ratios of this machine's
// own ceiling, measured in the same run and in turns, with the absolutes beside them: of Ingest, to a handler that
// keeps nothing; of Exchanges, to a loop that makes the same calls and keeps nothing. See the two for what is compared.
package bench
