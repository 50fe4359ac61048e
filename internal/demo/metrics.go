package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// scrape reads from /metrics how many deliveries the doors answered as duplicates.
func scrape(ctx context.Context, client *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("metrics: %s", resp.Status)
	}
	return duplicatesIn(resp.Body)
}

// duplicatesIn sums the counters of duplicates in the text format of metrics.
func duplicatesIn(text io.Reader) (int, error) {
	sum, found := 0, false
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "} ")
		if !ok || !strings.HasPrefix(name, "tradeback_events_received_total{") || !strings.Contains(name, `result="duplicate"`) {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64) // whole deliveries; no exponent below 2^21
		if err != nil {
			return 0, fmt.Errorf("metrics: %w", err)
		}
		sum, found = sum+int(n), true
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	if !found {
		return 0, fmt.Errorf("metrics: no count of duplicates")
	}
	return sum, nil
}
