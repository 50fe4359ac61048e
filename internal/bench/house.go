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
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// The stores that are measured.
const (
	onSQLite = "SQLite"
	onRedis  = "Redis"
)

var stores = []string{onSQLite, onRedis}

// house is what a serve needs: settings, and an empty store.
type house struct {
	dir    string
	redis  *process // nil: the store is a file
	engine store.Engine
}

// build makes a house in a folder of its own below dir, with these connections.
func build(ctx context.Context, dir, kind, connections string) (*house, error) {
	own, err := os.MkdirTemp(dir, "bench-"+kind+"-")
	if err != nil {
		return nil, err
	}
	h := &house{dir: own}
	if err := os.WriteFile(h.path("connections.yaml"), []byte(connections), 0o600); err != nil {
		return nil, errors.Join(err, h.tear())
	}
	if kind == onRedis {
		if h.redis, err = startRedis(ctx, own); err != nil {
			return nil, errors.Join(err, h.tear())
		}
	}
	return h, nil
}

// connection is one member of connections.yaml. Its peers are at a host of this machine.
func connection(name string, goodsOwner int, enabled bool, host string) string {
	return fmt.Sprintf(`  - name: %[1]s
    enabled: %[2]t
    ongoing:
      server: http://%[3]s
      warehouse: nordwear
      goods_owner_id: %[4]d
      username: WSInordwear
      password: nowhere
      warehouse_id: 1
      webhook_tokens: [%[5]s]
      order_statuses: {open: [Open], returned: [Returned], released: [Released], sent: [Sent], cancelled: [Cancelled]}
      return_order_statuses: {notified: [Notified], returned: [Returned]}
    shopify:
      shop: http://%[3]s
      access_token: shpat_nowhere
      webhook_secrets: [a-secret-of-some-length]
      location_id: gid://shopify/Location/1
    portal:
      webhook_secrets: [%[6]s]
`, name, enabled, host, goodsOwner, Token, portalSecret)
}

const portalSecret = "a-secret-of-the-portals"

// nowhere answers nothing.
const nowhere = "127.0.0.1:1"

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

func (h *house) url() string {
	if h.redis != nil {
		return "redis://" + h.redis.Listening
	}
	return "sqlite://" + h.path("tradeback.db")
}

// environ is what every command on the store needs: the key of a store that is thrown away.
var environ = []string{"TRADEBACK_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}

// serve starts the real server on the store.
func (h *house) serve(ctx context.Context, binary, peers string) (*process, error) {
	return start(ctx, binary, environ, "serve", "--store", h.url(),
		"--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--connections", h.path("connections.yaml"),
		"--allow-host", peers, "--rate", "1000000")
}

// open opens the store beside the server.
func (h *house) open(ctx context.Context) (_ store.Engine, err error) {
	switch {
	case h.engine != nil:
	case h.redis != nil:
		var e *redis.Engine
		if e, err = redis.Open(ctx, h.url(), redis.Options{}); err == nil {
			h.engine = e
		}
	default:
		var e *sqlite.Engine
		if e, err = sqlite.Open(ctx, h.path("tradeback.db"), sqlite.Options{}); err == nil {
			h.engine = e
		}
	}
	return h.engine, err
}

// settled waits until no event of a connection waits any more.
func (h *house) settled(ctx context.Context, c store.Conn) error {
	engine, err := h.open(ctx)
	if err != nil {
		return err
	}
	return until(ctx, func() (bool, error) {
		due, _, err := engine.Work(ctx, c, []store.Kind{store.Event}, time.Now(), 1)
		return len(due) == 0, err
	})
}

// usage is what the store has used so far, where it is a process of its own.
func (h *house) usage() (usage, error) {
	if h == nil || h.redis == nil {
		return usage{}, nil
	}
	return h.redis.usage()
}

// tear removes what was built.
func (h *house) tear() (err error) {
	if h.engine != nil {
		err = h.engine.Close()
	}
	if h.redis != nil {
		err = errors.Join(err, h.redis.stop())
	}
	return errors.Join(err, os.RemoveAll(h.dir))
}

// metrics reads the counters that the process shows, by name and labels.
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
