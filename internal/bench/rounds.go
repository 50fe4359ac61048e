package bench

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"time"
)

// median is the round in the middle.
func median(rounds []Rate) Rate {
	if len(rounds) == 0 {
		return Rate{}
	}
	sorted := slices.Clone(rounds)
	slices.SortFunc(sorted, func(a, b Rate) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
	return sorted[len(sorted)/2]
}

// ratio is the median of what the rounds of a made of those of b just before or after them: what else the
// machine did meanwhile met both.
func ratio(a, b []Rate) float64 {
	var rs []float64
	for i := range min(len(a), len(b)) {
		rs = append(rs, a[i].PerSecond/b[i].PerSecond)
	}
	if len(rs) == 0 {
		return 0
	}
	slices.Sort(rs)
	return rs[len(rs)/2]
}

// flush is how long the disk of dir takes to make a page durable: the median of some.
func flush(dir string) (_ time.Duration, err error) {
	f, err := os.CreateTemp(dir, "bench-flush-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var took []time.Duration
	for range 100 {
		begun := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
