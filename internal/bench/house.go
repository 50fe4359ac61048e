package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// house is what a serve needs: settings, and an empty store.
type house struct {
	dir    string
	worked bool // the connection is switched on: the inbox takes its events
	engine *sqlite.Engine
}

// build makes a house in a folder of its own below dir. Its lanes lead nowhere.
func build(_ context.Context, dir, name string, worked bool) (*house, error) {
	own, err := os.MkdirTemp(dir, "bench-"+name+"-")
	if err != nil {
		return nil, err
	}
	h := &house{dir: own, worked: worked}
	text := fmt.Sprintf(`connections:
  - name: %s
    enabled: %t
    ongoing:
      server: http://%[3]s
      warehouse: nordwear
      goods_owner_id: 42
      username: WSInordwear
      password: nowhere
      warehouse_id: 1
      webhook_tokens: [%[4]s]
      order_statuses: {open: [Open], returned: [Returned], released: [Released], sent: [Sent], cancelled: [Cancelled]}
      return_order_statuses: {notified: [Notified], returned: [Returned]}
    shopify:
      shop: http://%[3]s
      access_token: shpat_nowhere
      webhook_secrets: [a-secret-of-some-length]
      location_id: gid://shopify/Location/1
    portal:
      webhook_secrets: [a-secret-of-some-length]
`, connectionName, worked, nowhere, Token)
	if err := os.WriteFile(h.path("connections.yaml"), []byte(text), 0o600); err != nil {
		return nil, errors.Join(err, h.tear())
	}
	return h, nil
}

// nowhere answers nothing.
const nowhere = "127.0.0.1:1"

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

// serve starts the real server on the store.
func (h *house) serve(ctx context.Context, binary string) (*process, error) {
	environ := []string{"TRADEBACK_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="} // of a store that is thrown away
	return start(ctx, binary, environ, "serve", "--store", "sqlite://"+h.path("tradeback.db"),
		"--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--connections", h.path("connections.yaml"),
		"--allow-host", nowhere, "--rate", "1000000")
}

// settled waits until no event waits any more. It looks at the store beside the server.
func (h *house) settled(ctx context.Context) (err error) {
	if h.engine == nil {
		if h.engine, err = sqlite.Open(ctx, h.path("tradeback.db"), sqlite.Options{}); err != nil {
			return err
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		due, _, err := h.engine.Work(ctx, connectionName, []store.Kind{store.Event}, time.Now(), 1)
		if err != nil || len(due) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// tear removes what was built.
func (h *house) tear() (err error) {
	if h.engine != nil {
		err = h.engine.Close()
	}
	return errors.Join(err, os.RemoveAll(h.dir))
}

// metrics reads the counters without labels that the process shows.
func (p *process) metrics() (map[string]uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Ops+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	found := map[string]uint64{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(text, 64); err == nil && v >= 0 {
			found[name] = uint64(v)
		}
	}
	return found, nil
}
