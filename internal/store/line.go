package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Where a connection's chain of lines lies. Nothing but lines is written there, and nothing of it is ever rewritten.
const (
	LineBucket = "audit"      // a document for each line, by its number, with 19 digits
	HeadBucket = "audit_head" // one document: the Head
	HeadKey    = "head"
)

// noLink is what the first line of a chain is linked to.
var noLink = strings.Repeat("0", 2*sha256.Size)

// Head is the end of a connection's chain of lines.
type Head struct {
	Lines uint64 `json:"lines"`
	Link  string `json:"link"` // of the last line, in hex; empty: there is none
}

// LineDigest is the SHA-256 of a line, in hex.
func LineDigest(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// Next is the head with a line more: its link is the SHA-256 of the link before and the line's digest, as 64 bytes.
// Lines cannot be taken out, put in or changed without another link at the end.
//
// Errors: when the head's own link is none.
func (h Head) Next(digest string) (Head, error) {
	before := h.Link
	if before == "" {
		before = noLink
	}
	both, err := hex.DecodeString(before + digest)
	if err != nil || len(both) != 2*sha256.Size {
		return Head{}, fmt.Errorf("link after line %d: %q is no digest", h.Lines, before)
	}
	sum := sha256.Sum256(both)
	return Head{Lines: h.Lines + 1, Link: hex.EncodeToString(sum[:])}, nil
}

// Linked is a line as it is stored.
type Linked struct {
	Number uint64          `json:"-"`
	Link   string          `json:"link"`
	Line   json.RawMessage `json:"line"`
}

// LineKey is the key of the line with this number.
func LineKey(n uint64) string { return fmt.Sprintf("%019d", n) }

// LineDoc is the document of the line that made h.
func (h Head) LineDoc(c Conn, line []byte) Doc {
	body := append([]byte(`{"link":"`+h.Link+`","line":`), line...) // the line's own bytes: its digest is of them
	return Doc{Conn: c, Bucket: LineBucket, Key: LineKey(h.Lines), Body: append(body, '}')}
}

// Doc is the document of h. Version is that of the one before.
func (h Head) Doc(c Conn, version uint64) Doc {
	return Doc{Conn: c, Bucket: HeadBucket, Key: HeadKey, Version: version, Body: fmt.Appendf(nil, `{"lines":%d,"link":"%s"}`, h.Lines, h.Link)}
}

// HeadOf is the end of c's chain; the zero Head if it has none.
func HeadOf(ctx context.Context, r interface {
	Docs(ctx context.Context, c Conn, bucket, after string, limit int) ([]Doc, error)
}, c Conn,
) (h Head, err error) {
	found, err := r.Docs(ctx, c, HeadBucket, "", 1)
	if err != nil || len(found) == 0 {
		return Head{}, err
	}
	if err := json.Unmarshal(found[0].Body, &h); err != nil {
		return Head{}, fmt.Errorf("read the end of the audit chain of %q: %w", c, err)
	}
	return h, nil
}

// checkLine refuses a line that is no JSON object.
func checkLine(line []byte) error {
	if line != nil && (!json.Valid(line) || line[0] != '{') {
		return fmt.Errorf("%w: an audit line that is no JSON object", ErrInvalid)
	}
	return nil
}

// ofChain reports whether a document lies where the chains do.
func ofChain(d Doc) bool { return d.Bucket == LineBucket || d.Bucket == HeadBucket }
