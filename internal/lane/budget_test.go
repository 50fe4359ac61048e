package lane

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// bucket is Shopify's side of the budget: it throttles what it cannot pay, and counts that.
type bucket struct {
	level, maximum, restore, price float64
	at                             time.Time
	throttled, paid                int
}

func (b *bucket) RoundTrip(r *http.Request) (*http.Response, error) {
	return answering(func(*http.Request) (*http.Response, error) {
		b.level = min(b.level+time.Since(b.at).Seconds()*b.restore, b.maximum)
		b.at = time.Now()
		start, errs := `"data":{"x":1},`, ""
		if b.level < b.price {
			b.throttled++
			start, errs = "", `"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],`
		} else {
			b.paid++
			b.level -= b.price
		}
		return answer(200, fmt.Sprintf(`{%s%s"extensions":{"cost":{"requestedQueryCost":%g,"actualQueryCost":null,
			"throttleStatus":{"maximumAvailable":%g,"currentlyAvailable":%g,"restoreRate":%g}}}}`,
			start, errs, b.price, b.maximum, b.level, b.restore)), nil
	}).RoundTrip(r)
}

func TestCallsWaitUntilTheBucketCanPay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bucket{level: 1000, maximum: 1000, restore: 100, price: 150, at: time.Now()}
		l := start(Shopify(), &documents{}, b)
		ctx := WithOperation(t.Context(), "returnProcess")
		begin := time.Now()
		for range 20 { // 3000 points: 1000 at hand, 2000 to come in 20 s
			if _, err := get(ctx, l, shopifyURL); err != nil {
				t.Fatal(err)
			}
		}
		if b.throttled != 0 || b.paid != 20 {
			t.Errorf("%d throttled, %d paid, want 0 and 20", b.throttled, b.paid)
		}
		if took := time.Since(begin); took < 19*time.Second || took > 22*time.Second {
			t.Errorf("took %s, want about 20 s", took)
		}
	})
}

func TestACallThatWouldWaitLongIsDeclined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bucket{level: 500, maximum: 1000, restore: 50, price: 500, at: time.Now()}
		l := start(Shopify(), &documents{}, b)
		ctx := WithOperation(t.Context(), "wide")
		if _, err := get(ctx, l, shopifyURL); err != nil {
			t.Fatal(err)
		}
		n := wantNotSent(t, "an empty bucket", second(get(ctx, l, shopifyURL)))
		if n.After < 9*time.Second || n.After > 11*time.Second {
			t.Errorf("to wait %s, want about 10 s", n.After)
		}
		token := "https://nordwear.myshopify.com/admin/oauth/access_token"
		before := time.Now()
		if status, err := get(t.Context(), l, token); status != 200 || time.Since(before) > 0 {
			t.Errorf("a call that costs nothing: %d, %v, after %s", status, err, time.Since(before))
		}
		pause(n.After)
		if _, err := get(ctx, l, shopifyURL); err != nil || b.throttled > 1 {
			t.Errorf("after the wait: %v, %d throttled", err, b.throttled)
		}
	})
}

func TestAThrottledCallTeachesTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bucket{level: 0, maximum: 1000, restore: 100, price: 150, at: time.Now()}
		l := start(Shopify(), &documents{}, b)
		ctx := WithOperation(t.Context(), "returnProcess")
		for range 5 {
			if _, err := get(ctx, l, shopifyURL); err != nil {
				t.Fatal(err)
			}
		}
		if b.throttled != 1 || b.paid != 4 {
			t.Errorf("%d throttled, %d paid, want the first and all others", b.throttled, b.paid)
		}
	})
}

func TestCostOfFindsTheCost(t *testing.T) {
	const cost = `{"cost":{"requestedQueryCost":752,"actualQueryCost":null,"throttleStatus":{"maximumAvailable":1000.0,"currentlyAvailable":666,"restoreRate":50.0}}}`
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"at the end", `{"data":{"note":"\"extensions\":{}"},"extensions":` + cost + `}`, true},
		{"before the errors", `{"extensions": ` + cost + `,"errors":[{"extensions":{"code":"THROTTLED"}}]}`, true},
		{"with space", "{\"extensions\" :\n" + cost + "}", true},
		{"none", `{"data":{}}`, false},
		{"another's", `{"errors":[{"extensions":{"code":"X"}}]}`, false},
		{"a page", `<html>"extensions"</html>`, false},
		{"cut off", `{"extensions":{"cost":{"requested`, false},
		{"nothing", "", false},
	} {
		got, ok := CostOf([]byte(c.body))
		if ok != c.ok || ok && (got.Requested != 752 || got.Bucket.Available != 666) {
			t.Errorf("%s: CostOf = %+v, %v, want %v", c.name, got, ok, c.ok)
		}
	}
	got, _ := CostOf([]byte(`{"extensions":` + cost + `}`))
	if want := 1720 * time.Millisecond; got.After() != want {
		t.Errorf("After = %s, want %s", got.After(), want)
	}
}
