package sim

import "time"

// OneDay returns the waits of Ongoing's retry policy "One day": after 1, 5, 15 and 30 minutes, then every
// two hours until a day has passed.
func OneDay() []time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}
	for passed := 51 * time.Minute; passed+2*time.Hour <= 24*time.Hour; passed += 2 * time.Hour {
		waits = append(waits, 2*time.Hour)
	}
	return waits
}

// FourHours returns the waits of Shopify's retries: eight of them over four hours, growing.
func FourHours() []time.Duration {
	minutes := []time.Duration{1, 2, 5, 10, 22, 40, 70, 90}
	for i := range minutes {
		minutes[i] *= time.Minute
	}
	return minutes
}
