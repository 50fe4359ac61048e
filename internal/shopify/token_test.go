package shopify_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

// saved is a Save hook that remembers what it was given.
type saved struct {
	mu      sync.Mutex
	token   []string
	expires []time.Time
	fails   error
}

func (v *saved) save(_ context.Context, token string, expires time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.token, v.expires = append(v.token, token), append(v.expires, expires)
	return v.fails
}

func credentials(v *saved) shopify.TokenSource {
	return shopify.TokenSource{ClientID: "sim-client", ClientSecret: "sim-secret", Save: v.save}
}

func grants(s *shop) int { return s.sim.Ledger().Calls["oauth/access_token"] }

func TestClientCredentialsAreRenewedInTime(t *testing.T) {
	s := newShop(t, "")
	id := s.staffReturn(s.same)
	var v saved
	s.peer = s.connect(shopify.Options{Token: credentials(&v), ArticleNumber: "sku"})
	s.read(id)
	s.read(id)
	if grants(s) != 1 || len(v.token) != 1 || !v.expires[0].After(s.clock().Add(23*time.Hour)) {
		t.Fatalf("granted %d times, saved %v until %v", grants(s), v.token, v.expires)
	}
	s.advance(23*time.Hour + 54*time.Minute)
	s.read(id)
	if grants(s) != 1 {
		t.Errorf("renewed six minutes before the end")
	}
	s.advance(2 * time.Minute)
	s.read(id)
	if grants(s) != 2 || len(v.token) != 2 || v.token[0] == v.token[1] {
		t.Errorf("granted %d times and saved %v, want it renewed four minutes before the end", grants(s), v.token)
	}
	s.clean()
}

func TestSavedTokenIsUsedAgain(t *testing.T) {
	s := newShop(t, "")
	id := s.staffReturn(s.same)
	var v saved
	src := credentials(&v)
	src.Access, src.Expires = "shpat_sim", s.clock().Add(time.Hour)
	s.peer = s.connect(shopify.Options{Token: src, ArticleNumber: "sku"})
	s.read(id)
	if grants(s) != 0 {
		t.Errorf("granted %d times, though a token was there", grants(s))
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	s := newShop(t, "")
	e := createEffect(s, s.same)
	var v saved
	s.peer = s.connect(shopify.Options{Token: credentials(&v), ArticleNumber: "sku"})
	s.looks(e, exchange.NotDone)
	s.control("tokens/expire", map[string]any{"token": v.token[0]})
	s.advance(time.Hour)
	s.acts(e)
	if grants(s) != 2 || len(s.book().Returns) != 1 {
		t.Errorf("granted %d times, %d returns", grants(s), len(s.book().Returns))
	}
	calls := 0
	p := s.connectThrough(credentials(&v), func(r *http.Request) (*http.Response, error) { // a shop that refuses every token
		if strings.HasSuffix(r.URL.Path, "graphql.json") {
			calls++
			r = r.Clone(r.Context())
			r.Header.Set("X-Shopify-Access-Token", "wrong")
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	for n := 1; n <= 2; n++ { // the token that it begins with is as fresh as any
		if _, err := p.Act(t.Context(), e); !errors.Is(err, exchange.ErrNotSent) || calls != n {
			t.Errorf("with every token refused: %v after %d calls, want not sent after %d", err, calls, n)
		}
	}
}

func (s *shop) connectThrough(src shopify.TokenSource, f roundTrip) *shopify.Peer {
	s.t.Helper()
	p, err := shopify.New(shopify.Options{
		URL: s.url + "/admin/api/2026-10/graphql.json", TokenURL: s.url + "/admin/oauth/access_token",
		Token: src, ArticleNumber: "sku", LocationID: "gid://shopify/Location/1", Client: &http.Client{Transport: f}, Now: s.clock,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func TestFixedTokenThatIsRefusedIsNotTriedAgain(t *testing.T) {
	s := newShop(t, "")
	calls := 0
	p := s.connectThrough(shopify.TokenSource{Access: "old"}, func(r *http.Request) (*http.Response, error) {
		calls++
		return http.DefaultTransport.RoundTrip(r)
	})
	if _, err := p.Look(t.Context(), createEffect(s, s.same)); !errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("a wrong token says %v, want not sent", err)
	}
	if calls != 1 {
		t.Errorf("tried %d times, want once", calls)
	}
}

func TestTokenIsSavedBeforeItIsUsed(t *testing.T) {
	s := newShop(t, "")
	v := saved{fails: errors.New("disk full")}
	s.peer = s.connect(shopify.Options{Token: credentials(&v), ArticleNumber: "sku"})
	_, err := s.peer.Look(t.Context(), createEffect(s, s.same))
	if !errors.Is(err, exchange.ErrNotSent) || !errors.Is(err, v.fails) {
		t.Fatalf("a token that cannot be saved says %v, want not sent", err)
	}
	if n := s.sim.Ledger().Calls["order"]; n != 0 {
		t.Errorf("it was used all the same, %d times", n)
	}
	if strings.Contains(err.Error(), v.token[0]) || strings.Contains(err.Error(), "sim-secret") {
		t.Errorf("a secret stands in %v", err)
	}
}

func TestTroubleWithTheGrantIsNotSent(t *testing.T) {
	for _, f := range []sim.Fault{
		{Kind: sim.ErrorBefore},
		{Kind: sim.HTML},
		{Kind: sim.HTML, Status: http.StatusOK},
		{Kind: sim.DropBefore},
		{Kind: sim.Half},
		{Kind: sim.Throttle, Status: http.StatusTooManyRequests, RetryAfter: 9},
	} {
		s := newShop(t, "")
		f.Match = "oauth/access_token"
		s.sim.Faults.Add(f)
		s.peer = s.connect(shopify.Options{Token: credentials(&saved{}), ArticleNumber: "sku"})
		_, err := s.peer.Act(t.Context(), createEffect(s, s.same))
		var wait *exchange.NotSentError
		if !errors.As(err, &wait) || wait.After != time.Duration(f.RetryAfter)*time.Second {
			t.Errorf("%s: %v, want not sent", f.Kind, err)
		}
		s.acts(createEffect(s, s.same))
	}
}

func TestManyCallsAtOnceGetOneToken(t *testing.T) {
	s := newShop(t, "")
	id := s.staffReturn(s.same)
	s.peer = s.connect(shopify.Options{Token: credentials(&saved{}), ArticleNumber: "sku"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.peer.Read(t.Context(), exchange.Effect{Read: &exchange.ReadAsk{Target: exchange.ReadShop, ReturnID: id}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if grants(s) != 1 {
		t.Errorf("granted %d times, want once", grants(s))
	}
}

// Of two calls that are refused with the same token, the one that comes second finds the new one there.
func TestRefusedCallsAtOnceRenewOnce(t *testing.T) {
	s := newShop(t, "")
	id := s.staffReturn(s.same)
	src := credentials(&saved{})
	src.Access = "old"
	var both sync.WaitGroup
	both.Add(2)
	p := s.connectThrough(src, func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && resp.StatusCode == http.StatusUnauthorized { // both are refused before either renews
			both.Done()
			both.Wait()
		}
		return resp, err
	})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if _, err := p.Read(t.Context(), exchange.Effect{Read: &exchange.ReadAsk{Target: exchange.ReadShop, ReturnID: id}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if grants(s) != 1 {
		t.Errorf("granted %d times, want once", grants(s))
	}
}

func TestATokenThatAnotherOwnerGotIsUsed(t *testing.T) {
	s := newShop(t, "")
	id := s.staffReturn(s.same)
	var v saved
	src := credentials(&v)
	kept, ends, granted := "shpat_sim", s.clock().Add(time.Hour), s.clock()
	loads := 0
	src.Load = func(context.Context) (string, time.Time, time.Time, error) {
		loads++
		return kept, ends, granted, nil
	}
	s.peer = s.connect(shopify.Options{Token: src, ArticleNumber: "sku"})
	s.read(id)
	s.read(id)
	if grants(s) != 0 || loads != 1 {
		t.Errorf("granted %d times after %d loads, though a token was kept", grants(s), loads)
	}
	s.control("tokens/expire", map[string]any{"token": "shpat_sim"})
	s.advance(10 * time.Minute)
	s.read(id) // refused, and what is kept is what was refused
	if grants(s) != 1 {
		t.Errorf("granted %d times, want once after the refusal", grants(s))
	}
	s.advance(23*time.Hour + 56*time.Minute)
	kept, ends, granted = v.token[0], s.clock().Add(time.Hour), s.clock().Add(-time.Minute)
	s.readResult(id) // ours ends, and another owner's is there
	if grants(s) != 1 {
		t.Errorf("granted %d times, though another owner had renewed", grants(s))
	}
}
