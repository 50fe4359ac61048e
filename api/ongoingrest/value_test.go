package ongoingrest_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/tradeback/tradeback/api/ongoingrest"
)

func TestQuantityCountsWholeItems(t *testing.T) {
	for text, want := range map[string]ongoingrest.Quantity{
		"2": 2, "2.0": 2, "2.000": 2, "0": 0, "0.0": 0, "-3.0": -3, "-0.0": 0, "1e2": 100, "1.5E1": 15, "20e-1": 2,
		"9007199254740993.0": 9007199254740993, "9223372036854775807": 1<<63 - 1, "null": 0, "0e-9": 0,
	} {
		var q ongoingrest.Quantity
		if err := json.Unmarshal([]byte(text), &q); err != nil || q != want {
			t.Errorf("%s = %d, %v, want %d", text, q, err, want)
		}
	}
}

func TestQuantityRefusesWhatIsNotWhole(t *testing.T) {
	for _, text := range []string{"0.5", "2.01", "1e-1", "0.0000000000000000000000001", "-1.5"} {
		var q ongoingrest.Quantity
		if err := json.Unmarshal([]byte(text), &q); !errors.Is(err, ongoingrest.ErrNotWhole) {
			t.Errorf("%s = %d, %v, want ErrNotWhole", text, q, err)
		}
	}
	for _, text := range []string{`"2"`, "true", "{}", "9223372036854775808", "1e400", "1e99999999999999999999"} {
		var q ongoingrest.Quantity
		if err := json.Unmarshal([]byte(text), &q); err == nil {
			t.Errorf("%s = %d, want an error", text, q)
		}
	}
}

func TestTimesInAllOfOngoingsForms(t *testing.T) {
	for text, want := range map[string]struct {
		at    string
		zoned bool
	}{
		"2019-04-09T10:39:31.3Z":        {"2019-04-09T10:39:31.3Z", true},
		"2019-04-09T10:39:31Z":          {"2019-04-09T10:39:31Z", true},
		"2019-04-09T10:39:31.1234567Z":  {"2019-04-09T10:39:31.1234567Z", true},
		"2019-04-09T10:00:00.000+02:00": {"2019-04-09T08:00:00Z", true},
		"2023-01-01T12:00:00.0000000":   {"2023-01-01T12:00:00Z", false},
		"2023-01-01T12:00:00":           {"2023-01-01T12:00:00Z", false},
		"2019-10-10":                    {"2019-10-10T00:00:00Z", false},
	} {
		got, zoned, err := ongoingrest.ParseTime(text)
		if err != nil || got.Format(time.RFC3339Nano) != want.at || zoned != want.zoned {
			t.Errorf("%s = %s, %t, %v, want %s, %t", text, got.Format(time.RFC3339Nano), zoned, err, want.at, want.zoned)
		}
	}
	for _, text := range []string{"", "2019", "10/10/2019", "2019-13-01", "2019-10-10 10:00", "0000-01-01T00:00:00", "9999-12-31T23:59:59-01:00"} {
		if got, _, err := ongoingrest.ParseTime(text); err == nil {
			t.Errorf("%q = %v, want an error", text, got)
		}
	}
}

func TestTimeIsSentInUTCWithItsZone(t *testing.T) {
	for text, want := range map[string]string{
		`"2019-04-09T10:00:00.1234567+02:00"`: `"2019-04-09T08:00:00.123Z"`,
		`"2019-10-10"`:                        `"2019-10-10T00:00:00Z"`,
		"null":                                "null",
		`""`:                                  "null",
	} {
		var at ongoingrest.Time
		if err := json.Unmarshal([]byte(text), &at); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(at); err != nil || string(got) != want {
			t.Errorf("%s is sent as %s, %v, want %s", text, got, err, want)
		}
	}
}
