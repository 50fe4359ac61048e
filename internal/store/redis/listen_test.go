package redis_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// at is an event of a connection.
func at(c store.Conn, id string) store.Receive {
	r := received(id)
	r.Event.Conn = c
	return r
}

// ear is a process that listens.
type ear struct {
	*redis.Engine
	heard chan store.Conn
}

func listening(t *testing.T, url string) *ear {
	t.Helper()
	e := &ear{open(t, url, redis.Options{}), make(chan store.Conn, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.Listen(ctx, func(c store.Conn) { e.heard <- c })
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return e
}

// hears lets others commit until e hears of it, and gives what it heard.
func (e *ear) hears(t *testing.T, commit func()) store.Conn {
	t.Helper()
	var got store.Conn
	until(t, func() error {
		commit()
		select {
		case got = <-e.heard:
			return nil
		default:
			return errors.New("nothing was heard of what another process committed")
		}
	})
	return got
}

func TestOneProcessHearsWhatAnotherCommits(t *testing.T) {
	server := redistest.Start(t)
	cluster := redistest.StartCluster(t)
	for name, url := range map[string]string{"alone": server.URL(), "cluster": cluster.URL()} {
		t.Run(name, func(t *testing.T) {
			us, them := listening(t, url), open(t, url, redis.Options{})
			other := open(t, url+map[string]string{"alone": "?", "cluster": "&"}[name]+"space=demo-1", redis.Options{})
			n := 0
			got := us.hears(t, func() {
				n++
				id := fmt.Sprintf("ev_%d", n)
				apply(t, us, at("ours", id))
				apply(t, other, at("elsewhere", id))
				apply(t, them, at("sudwear", id))
			})
			if got != "sudwear" {
				t.Errorf("heard of %q, want sudwear alone: its own commits and those of another space are no news", got)
			}
		})
	}
}

func TestAfterRedisWasAwayItIsListenedToAgain(t *testing.T) {
	server := redistest.Start(t)
	us, them := listening(t, server.URL()), open(t, server.URL(), redis.Options{})
	us.hears(t, func() {
		_, _ = them.Apply(t.Context(), []store.Op{store.Put{Doc: store.Doc{Conn: shop, Bucket: "b", Key: "k"}}})
	})
	server.Restart(t)
	for len(us.heard) > 0 {
		<-us.heard
	}
	us.hears(t, func() {
		_, _ = them.Apply(t.Context(), []store.Op{store.Put{Doc: store.Doc{Conn: shop, Bucket: "b", Key: "k"}}})
	})
}

func TestWhoMayNotPublishCommitsAllTheSame(t *testing.T) {
	server := redistest.Start(t)
	if err := server.Client(t).Do(t.Context(), "acl", "setuser", "mute", "on", ">hunter2", "~*", "+@all", "resetchannels").Err(); err != nil {
		t.Fatal(err)
	}
	e := open(t, "redis://mute:hunter2@"+server.Addr, redis.Options{})
	apply(t, e, received("ev_1"), whole(owned(t, e, "me"), 1))
	if rows(t, e) != 2 {
		t.Error("an event and an effect should be there")
	}
}

func TestAStoreTellsItsWatchersWhatAnotherProcessCommits(t *testing.T) {
	server := redistest.Start(t)
	us := store.New(open(t, server.URL(), redis.Options{}))
	them := open(t, server.URL(), redis.Options{})
	changed, stop := us.Watch(shop)
	defer stop()
	until(t, func() error {
		_, _ = them.Apply(t.Context(), []store.Op{store.Put{Doc: store.Doc{Conn: shop, Bucket: "b", Key: "k"}}})
		select {
		case <-changed:
			return nil
		default:
			return errors.New("no watcher was told")
		}
	})
	if err := us.Close(); err != nil {
		t.Error(err)
	}
}
