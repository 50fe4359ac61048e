package redis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Texts that stand in members and rows have no zero byte of their own; the order of texts stays.
var (
	escape   = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")
	unescape = strings.NewReplacer("\x01\x01", "\x00", "\x01\x02", "\x01")
)

// plain is a text as it stands in members and rows.
func plain[T ~string](text T) string {
	if strings.ContainsAny(string(text), "\x00\x01") {
		return escape.Replace(string(text))
	}
	return string(text)
}

// original is the text that plain made.
func original(text string) string {
	if strings.Contains(text, "\x01") {
		return unescape.Replace(text)
	}
	return text
}

// stamp is t with 19 digits, nanoseconds since 1970; no time at all, and any before, is 0.
func stamp(t time.Time) string {
	if t.IsZero() || t.UnixNano() < 0 {
		return zeros
	}
	n := strconv.FormatInt(t.UnixNano(), 10)
	return zeros[len(n):] + n
}

const zeros = "0000000000000000000"

// moment is the time of a stamp.
func moment(stamp string) (time.Time, error) {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || n == 0 {
		return time.Time{}, err
	}
	return time.Unix(0, n).UTC(), nil
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// rowOf is what is stored of an item at a version, but for its raw body.
func rowOf(it *store.Item, version uint64) string {
	var b strings.Builder
	b.Grow(256 + len(it.Body))
	for _, field := range [...]string{
		strconv.FormatUint(version, 10), string(it.Kind), string(it.State), stamp(it.Received), stamp(it.Due),
		strconv.Itoa(it.Attempt), strconv.Itoa(it.Size), flag(it.Gone), plain(it.Exchange), plain(it.Ref),
		plain(it.Source), plain(it.Topic), plain(it.Reason),
	} {
		b.WriteString(field)
		b.WriteByte(0)
	}
	b.Write(it.Body)
	return b.String()
}

// readRow is the item that rowOf stored.
func readRow(c store.Conn, id, row string) (it store.Item, err error) {
	f := strings.SplitN(row, "\x00", 14)
	if len(f) != 14 {
		return it, fmt.Errorf("item %s of %s: a row of %d fields", id, c, len(f))
	}
	it = store.Item{
		ID: original(id), Conn: c, Kind: store.Kind(f[1]), State: store.State(f[2]), Gone: f[7] == "1",
		Source: original(f[10]), Topic: original(f[11]), Reason: original(f[12]), Ref: original(f[9]),
	}
	it.Exchange = exchangeID(f[8])
	if f[13] != "" {
		it.Body = []byte(f[13])
	}
	numbers := func() (err error) {
		if it.Version, err = strconv.ParseUint(f[0], 10, 64); err != nil {
			return err
		}
		if it.Received, err = moment(f[3]); err != nil {
			return err
		}
		if it.Due, err = moment(f[4]); err != nil {
			return err
		}
		if it.Attempt, err = strconv.Atoi(f[5]); err != nil {
			return err
		}
		it.Size, err = strconv.Atoi(f[6])
		return err
	}
	if err := numbers(); err != nil {
		return it, fmt.Errorf("item %s of %s: %w", id, c, err)
	}
	return it, nil
}
