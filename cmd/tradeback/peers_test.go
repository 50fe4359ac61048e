package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
)

// TestALaneThatComesBackToUsKnowsWhatAnotherReplicaLearned lets one replica use a lane, another block it, and
// the first have its connection again.
func TestALaneThatComesBackToUsKnowsWhatAnotherReplicaLearned(t *testing.T) {
	r := newRig(t)
	r.connection()
	st := r.store(true)
	sealer, err := connection.NewSealer(testKey)
	if err != nil {
		t.Fatal(err)
	}
	book := connection.NewBook(sealer)
	if err := book.Load(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	replica := func() *peers {
		p := &peers{book: book, docs: st, seal: sealer, now: time.Now, call: time.Second, hosts: []string{"127.0.0.1:9"}}
		t.Cleanup(p.close)
		return p
	}
	calls := func(p *peers) string {
		got, err := p.pair("nordwear")
		if err != nil {
			t.Fatal(err)
		}
		resp, err := got.toShop.Client().Get(shopURL + "/admin/api")
		if err == nil {
			resp.Body.Close()
			return http.StatusText(resp.StatusCode)
		}
		return err.Error()
	}
	ours, theirs := replica(), replica()
	ours.taken("nordwear")
	if said := calls(ours); !strings.Contains(said, "refused") {
		t.Fatalf("a call to where nobody listens: %s", said)
	}
	theirs.taken("nordwear")
	if err := theirs.uninstalled(t.Context(), "nordwear"); err != nil {
		t.Fatal(err)
	}
	ours.taken("nordwear")
	if said := calls(ours); !strings.Contains(said, "the app was uninstalled") {
		t.Errorf("after the connection came back a call says %q, want that the app was uninstalled", said)
	}
}
