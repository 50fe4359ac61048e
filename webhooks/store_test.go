package webhooks_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// openStored is open over a SQLite file, which the second result opens anew.
func openStored(t *testing.T) (*house, func() *store.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tradeback.db")
	again := func() *store.Store {
		e, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return store.New(e)
	}
	st := again()
	h := openOver(t, st)
	return h, func() *store.Store {
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		st = again()
		t.Cleanup(func() { st.Close() })
		return st
	}
}

func TestAcknowledgedEventsAreThereAfterARestart(t *testing.T) {
	h, reopen := openStored(t)
	var mu sync.Mutex
	acknowledged := map[string]int{}
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 25 { // the same event, again and again
				a := h.post(ongoingPath, orderEvent(n+1, goodsOwner), "X-Auth-Token", firstToken)
				if a.status == 200 {
					mu.Lock()
					acknowledged[a.id()]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	bad := h.post(ongoingPath, "{", "X-Auth-Token", firstToken).want(t, 422).id()
	strange := h.post(ongoingPath, orderEvent(1, 43), "X-Auth-Token", firstToken).want(t, 422).id()

	found, _, err := reopen().Items(t.Context(), store.Query{Conn: "nordwear"})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]store.State{}
	for _, it := range found {
		kept[it.ID] = it.State
	}
	if len(acknowledged) != 8 || len(kept) != 10 || kept[bad] != store.Quarantined || kept[strange] != store.Quarantined {
		t.Errorf("%d acknowledged, %d kept: %v", len(acknowledged), len(kept), kept)
	}
	for id, times := range acknowledged {
		if kept[id] != store.Ignored || times != 25 { // the order is none of ours
			t.Errorf("%s was acknowledged %d times and is %q", id, times, kept[id])
		}
	}
}

func TestClosedStoreAsksTheSenderToTryAgain(t *testing.T) {
	h, reopen := openStored(t)
	reopen()
	a := h.post(ongoingPath, orderEvent(1, goodsOwner), "X-Auth-Token", firstToken).want(t, 503)
	if a.headers.Get("Retry-After") != "1" || !strings.Contains(a.body, "not_kept") {
		t.Errorf("%v %s", a.headers, a.body)
	}
}
