package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Schemes are the kinds of URLs that Open takes.
var Schemes = []string{"redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"}

// Within what time Redis connects and answers, and how often a call is sent again after a broken line.
const (
	dialTime = 2 * time.Second
	callTime = 3 * time.Second
	resends  = 2
)

// connect makes the client for a URL. It connects when it is first used, and tells dialled of every line that
// it makes.
//
// Errors: what is wrong with the URL, without what it says of passwords.
func connect(text string, dialled func()) (goredis.UniversalClient, error) {
	goredis.SetLogger(silent{}) // what fails is returned too, and logs are not the library's to write
	scheme, rest, _ := strings.Cut(text, "://")
	plain, kind, _ := strings.Cut(scheme, "+")
	if plain != "redis" && plain != "rediss" {
		return nil, errors.New("the URL of a store in Redis begins with redis:// or rediss://")
	}
	text = plain + "://" + rest
	if u, err := url.Parse(text); err == nil && u.Query().Has("skip_verify") {
		return nil, errors.New("the URL of the store in Redis says skip_verify, and anybody could answer then: leave it out, and let SSL_CERT_FILE name the CA that vouches for this Redis")
	}
	off := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	hook := func(context.Context, *goredis.Conn) error { dialled(); return nil }
	switch kind {
	case "":
		o, err := goredis.ParseURL(text)
		if err != nil {
			return nil, unreadable(err)
		}
		o.ContextTimeoutEnabled, o.MaintNotificationsConfig, o.OnConnect = true, off, hook
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.MaxRetries = dialTime, callTime, callTime, resends
		return goredis.NewClient(o), nil
	case "cluster":
		o, err := goredis.ParseClusterURL(text)
		if err != nil {
			return nil, unreadable(err)
		}
		o.ContextTimeoutEnabled, o.MaintNotificationsConfig, o.OnConnect = true, off, hook
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.MaxRetries = dialTime, callTime, callTime, resends
		return goredis.NewClusterClient(o), nil
	case "sentinel":
		o, err := goredis.ParseFailoverURL(text)
		if err != nil {
			return nil, unreadable(err)
		}
		if o.MasterName == "" {
			return nil, errors.New("the URL of a store behind Sentinel ends in ?master_name=NAME")
		}
		o.ContextTimeoutEnabled, o.OnConnect = true, hook
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.MaxRetries = dialTime, callTime, callTime, resends
		return goredis.NewFailoverClient(o), nil
	}
	return nil, fmt.Errorf("%s:// is no kind of Redis: write redis://, redis+cluster:// or redis+sentinel://", scheme)
}

// unreadable says what is wrong with a URL, but not the URL: it may hold a password.
func unreadable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return errors.New("the URL of the store in Redis cannot be read")
	}
	return fmt.Errorf("the URL of the store in Redis: %w", err)
}

// silent is a log that nobody reads.
type silent struct{}

// Printf drops a line.
func (silent) Printf(context.Context, string, ...any) {}
