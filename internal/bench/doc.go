// Package bench measures tradeback as its users meet it: the real binary in processes of their own, a real
// store, real HTTP on loopback. What it finds are ratios of this machine's own ceiling, measured in the same
// run and in turns, with the absolutes beside them.
package bench
