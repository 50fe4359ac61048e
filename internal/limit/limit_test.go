package limit_test

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/limit"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestBurstThenTheRate(t *testing.T) {
	l := limit.New[string](limit.Rate{PerSecond: 2, Burst: 3}, 0)
	for i := range 3 {
		if _, ok := l.Allow("a", noon); !ok {
			t.Fatalf("call %d of a burst of 3 was refused", i+1)
		}
	}
	wait, ok := l.Allow("a", noon)
	if ok || wait != 500*time.Millisecond {
		t.Fatalf("after the burst: got %v, %v, want a wait of 500ms", wait, ok)
	}
	if _, ok := l.Allow("b", noon); !ok {
		t.Fatal("another key was refused for it")
	}
	if _, ok := l.Allow("a", noon.Add(wait)); !ok {
		t.Fatal("refused after the wait it was told")
	}
	if _, ok := l.Allow("a", noon.Add(wait)); ok {
		t.Fatal("let through faster than the rate")
	}
}

func TestMemoryStaysBounded(t *testing.T) {
	l := limit.New[int](limit.Rate{PerSecond: 1, Burst: 1}, 160)
	for k := range 100_000 {
		l.Allow(k, noon)
	}
	if n := l.Len(); n > 160 {
		t.Fatalf("%d keys are remembered, want at most 160", n)
	}
}

func TestZeroRateLetsEverythingThrough(t *testing.T) {
	l := limit.New[string](limit.Rate{}, 0)
	for range 10_000 {
		if _, ok := l.Allow("a", noon); !ok {
			t.Fatal("refused without a rate")
		}
	}
}
