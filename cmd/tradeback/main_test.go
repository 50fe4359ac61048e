package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for curl where a machine has none, so that the README can be tried
// everywhere, and for a tradeback that does things twice.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "curl" {
		os.Exit(curl(os.Args[1:]))
	}
	if text := os.Getenv(sendTwice); text != "" {
		os.Exit(mutant(text))
	}
	status := m.Run()
	removeBuilt()
	os.Exit(status)
}

// curl knows what the README uses: -sf, -d, -H and an address.
func curl(args []string) int {
	var address, data string
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-d":
			i++
			data = args[i]
		case a == "-H":
			i++
			name, value, _ := strings.Cut(args[i], ":")
			header.Set(name, strings.TrimSpace(value))
		case !strings.HasPrefix(a, "-"):
			address = a
		}
	}
	method := http.MethodGet
	if data != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, address, strings.NewReader(data)) // it ends with the process
	if err != nil {
		return 3
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 7
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		return 22
	}
	fmt.Print(string(body))
	return 0
}
