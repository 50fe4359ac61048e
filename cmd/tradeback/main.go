// Tradeback carries exchanges between a Shopify shop and an Ongoing WMS warehouse.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// version is stamped by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, systemEnv(), os.Args[1:]))
}

// run carries out one command line and gives its exit status. What went wrong is one line on stderr, or one
// report where several things did.
func run(ctx context.Context, e env, args []string) int {
	root, begun := newRoot(e)
	root.SetArgs(args)
	of, err := root.ExecuteContextC(ctx)
	switch {
	case err != nil && !*begun:
		err = usage("%w; see %s --help", err, of.CommandPath())
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	if err != nil {
		e.complain(err)
	}
	return exitStatus(err)
}
