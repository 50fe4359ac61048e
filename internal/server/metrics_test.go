package server

import (
	"testing"
	"time"
	"unsafe"
)

func TestMetricsAreNotOfABufferThatIsUsedAgain(t *testing.T) {
	m := NewMetrics()
	buffer := []byte("POST")
	method := unsafe.String(&buffer[0], len(buffer)) // as fiber gives it
	m.request("/", method, 200, time.Millisecond)
	copy(buffer, "HEAD")
	m.request("/", method, 200, time.Millisecond)
	copy(buffer, "POST")
	m.request("/", method, 200, time.Millisecond)
	if _, err := m.Registry.Gather(); err != nil {
		t.Error(err)
	}
}
