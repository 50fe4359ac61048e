package sim

import "time"

// limits counts calls for the two kinds of rate limits, per call name and user. The system's lock guards it.
type limits struct {
	calls    map[string][]time.Time
	failures map[string][]time.Time // in a row: a success empties it
}

func (l *limits) reset() { l.calls, l.failures = map[string][]time.Time{}, map[string][]time.Time{} }

func (l *limits) exceeded(s *OngoingSwitches, call, user string, now time.Time) bool {
	key := user + " " + call
	return s.VolumeLimit.reached(l.calls[key], now) || s.FailureLimit.reached(l.failures[key], now)
}

func (l *limits) count(s *OngoingSwitches, call, user string, now time.Time, failed bool) {
	key := user + " " + call
	if s.VolumeLimit.Calls > 0 {
		l.calls[key] = append(l.calls[key], now)
	}
	switch {
	case !failed:
		delete(l.failures, key)
	case s.FailureLimit.Calls > 0:
		l.failures[key] = append(l.failures[key], now)
	}
}

func (w Window) reached(times []time.Time, now time.Time) bool {
	if w.Calls == 0 {
		return false
	}
	within := 0
	for _, t := range times {
		if now.Sub(t) < time.Duration(w.Seconds)*time.Second {
			within++
		}
	}
	return within >= w.Calls
}
