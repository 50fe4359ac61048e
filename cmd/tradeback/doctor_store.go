package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/moving"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// store looks at the store itself.
func (d *doctoring) store(ctx context.Context, st store.Engine) {
	if _, err := st.Apply(ctx, nil); err != nil {
		d.add("store.writable", doctor.Fault, "nothing can be made durable: "+err.Error(), "see that the disk is not full or read-only, and that this user may write there")
	} else {
		d.add("store.writable", doctor.OK, "a round was made durable", "")
	}
	if from, err := moving.Unfinished(ctx, st); err == nil && from != "" {
		d.add("store.whole", doctor.Fault, "this store is half a copy of "+from, "run tradeback store copy again until it ends")
	}
	d.durable(st)
	d.room()
	d.served(ctx, st)
}

// durable says what the store promises of what it has acknowledged.
func (d *doctoring) durable(st store.Engine) {
	const name = "store.durable"
	at, ok := st.(*redis.Engine)
	if !ok {
		d.add(name, doctor.OK, "every round is synced to the disk before it is acknowledged", "")
		return
	}
	switch p := at.Durability(); {
	case len(p.Weak) > 0 && d.settings.Durability == config.Strict:
		d.add(name, doctor.Fault, p.String(), "set this in redis.conf, or accept the loss with --durability=relaxed: serve does not start as it is")
	case len(p.Weak) > 0:
		d.add(name, doctor.Warning, p.String(), "set this in redis.conf, unless the loss is accepted")
	case p.Replicas > d.settings.Replicas*p.Masters:
		d.add(name, doctor.Warning, p.String(), "set --wait-replicas to how many replicas must have what is acknowledged")
	default:
		d.add(name, doctor.OK, p.String(), "")
	}
}

// room looks at the disk that a file lies on.
func (d *doctoring) room() {
	const name, low = "store.disk", 1 << 30
	path, err := config.StorePath(d.settings.Store)
	if err != nil {
		d.add(name, doctor.Skipped, "the disk is the Redis server's: maxmemory and its disk are seen there", "")
		return
	}
	free, err := sqlite.Room(filepath.Dir(path))
	text := fmt.Sprintf("%d MiB are free where %s lies", free>>20, path)
	switch {
	case err != nil:
		d.add(name, doctor.Warning, "how much is free could not be read: "+err.Error(), "see that the folder can be read")
	case free < sqlite.Reserve:
		d.add(name, doctor.Fault, text+": events are refused", "make room: events are taken again by themselves")
	case free < low:
		d.add(name, doctor.Warning, text, "make room: with less than 64 MiB events are refused")
	default:
		d.add(name, doctor.OK, text, "")
	}
}

// served says whether a process works on the store.
func (d *doctoring) served(ctx context.Context, st store.Engine) {
	const name, remedy = "serve", "start tradeback serve: until then webhooks are refused at the door, and nothing moves"
	alive := []string{}
	if path, err := config.StorePath(d.settings.Store); err == nil {
		if locked(path) {
			alive = append(alive, "one process")
		}
	} else if alive, err = st.Present(ctx, "doctor", 0); err != nil {
		d.add(name, doctor.Warning, "who serves the store could not be read: "+err.Error(), "run doctor again")
		return
	}
	if len(alive) == 0 {
		d.add(name, doctor.Warning, "no process serves this store", remedy)
		return
	}
	d.add(name, doctor.OK, "served by "+strings.Join(alive, ", "), "")
}
