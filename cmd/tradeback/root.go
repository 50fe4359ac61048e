package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// commands are made by these, in the order in which help lists them.
var commands = []func(env) *cobra.Command{
	newServe,
	newDemo,
	newSim,
	newInit, newApply,
	newToken,
	newExchanges,
	newEvents, newDead,
	newReplay, newReconcile,
	newDoctor, newAudit, newPrivacy, newAnnouncements,
	newStore,
	newBench,
	newVersion,
}

// newRoot is tradeback's command line. begun tells afterwards whether a command was reached: what goes wrong
// before that is a mistake in the command line.
func newRoot(e env) (root *cobra.Command, begun *bool) {
	root = &cobra.Command{
		Use:                "tradeback",
		Short:              "Returns and exchanges between a Shopify shop and an Ongoing WMS warehouse",
		Version:            version,
		DisableSuggestions: true, // a failure is one line
		SilenceErrors:      true,
		SilenceUsage:       true,
	}
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetVersionTemplate("tradeback {{.Version}}\n")
	cobra.EnableCommandSorting = false
	for _, c := range commands {
		root.AddCommand(c(e))
	}
	root.InitDefaultCompletionCmd()
	begun = new(bool)
	note(root, begun)
	return root, begun
}

// note lets every command of c tell when it begins.
func note(c *cobra.Command, begun *bool) {
	for _, sub := range c.Commands() {
		note(sub, begun)
	}
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			*begun = true
			return run(c, args)
		}
	}
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short}
	c.AddCommand(subs...)
	c.RunE = func(c *cobra.Command, args []string) error {
		names := make([]string, len(subs))
		for i, s := range subs {
			names[i] = s.Name()
		}
		if len(args) > 0 && !slices.Contains(names, args[0]) {
			return usage("%s has no command %q: it has %s", c.CommandPath(), args[0], strings.Join(names, ", "))
		}
		return usage("%s needs one of its commands: %s", c.CommandPath(), strings.Join(names, ", "))
	}
	return c
}
