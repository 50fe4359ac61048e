package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// printer tells how stories end.
type printer struct {
	out         io.Writer
	json, trace bool
	faults      bool
	began       time.Time
}

// heading says which story begins, and gives where its steps go.
func (p *printer) heading(s story, seed uint64) *steps {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	if p.json {
		return nil
	}
	fmt.Fprintf(p.out, "%s: %s (seed %d)\n", s.name, s.about, seed)
	return &steps{out: p.out}
}

// verdict tells what a story came to.
func (p *printer) verdict(r Result, seed uint64) {
	if p.json {
		line, _ := json.Marshal(r) // plain fields: it cannot fail
		fmt.Fprintf(p.out, "%s\n", line)
		return
	}
	mark := "ok"
	if !r.OK {
		mark = "NOT OK"
	}
	fmt.Fprintf(p.out, "  %s: %s; released %s, fulfilled %s, captured %s; %d events, %d of them again, %.2f s\n",
		mark, r.Stage, times(r.Releases), times(r.Fulfillments), r.Captured, r.Events+r.Duplicates, r.Duplicates, float64(r.MS)/1000)
	if r.Error != "" {
		how := ""
		if p.faults {
			how = " --faults"
		}
		fmt.Fprintf(p.out, "  %s\n  Play it again: tradeback demo%s --story %s --seed %d\n", strings.ReplaceAll(r.Error, "; ", "\n  "), how, r.Story, seed)
	}
	fmt.Fprintln(p.out)
}

// summary tells how the whole demo ended.
func (p *printer) summary(played int, bad []string) {
	if p.json {
		return
	}
	took := time.Since(p.began).Seconds()
	if len(bad) == 0 {
		fmt.Fprintf(p.out, "%d played, all of them ok, in %.1f s\n", played, took)
		return
	}
	fmt.Fprintf(p.out, "%d played in %.1f s; not ok: %s\n", played, took, strings.Join(bad, ", "))
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return fmt.Sprintf("%d times", n)
	}
}

// setting is how a story's world is told.
func (p *printer) setting(s story, seed uint64, t terms) setting {
	set := setting{terms: t, seed: seed, steps: p.heading(s, seed)}
	if p.trace {
		set.trace = p.traceAll
	}
	return set
}
