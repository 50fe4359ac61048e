package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// asker asks a person, on stderr, for one line each, or takes the lines from a pipe in the same order.
type asker struct {
	env
	in *bufio.Reader
}

func (e env) asker() *asker { return &asker{e, bufio.NewReader(e.stdin)} }

// question is something to ask for.
type question struct {
	text   string // as it is asked
	usual  string // taken for an empty answer; empty: there must be one, unless optional
	other  string // how else it can be given: "--username"
	secret bool   // not shown while it is typed, and never repeated
	empty  bool   // an empty answer will do
	check  func(string) (string, error)
}

// ask gives the answer in its final form. At a terminal it asks again until the answer will do.
//
// Errors: exit status 2 when there is no answer, or one that will not do, and nobody to ask again.
func (a *asker) ask(ctx context.Context, q question) (string, error) {
	for {
		prompt := q.text
		if q.usual != "" {
			prompt += " [" + q.usual + "]"
		}
		fmt.Fprint(a.stderr, printable(prompt)+": ")
		answer, err := a.line(ctx, q.secret)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the answer: %w", err)
		}
		ended := err != nil
		if answer == "" {
			answer = q.usual
		}
		switch {
		case answer == "" && q.empty:
			return "", nil
		case answer == "":
			err = errors.New("an answer is needed")
		case q.check != nil:
			answer, err = q.check(answer)
		default:
			err = nil
		}
		if err == nil {
			return answer, nil
		}
		if ended || !a.isTerminal(a.stdin) {
			fmt.Fprintln(a.stderr)
			return "", usage("%s: %w; give it as %s, or as a line of the standard input", strings.ToLower(q.text[:1])+q.text[1:], err, q.other)
		}
		fmt.Fprintf(a.stderr, "  %v\n", err)
	}
}

// agreed asks a person at a terminal whether to go on. Errors: refused, with what a no comes to.
func (e env) agreed(ctx context.Context, question, otherwise string) error {
	fmt.Fprint(e.stderr, question+" [y/N] ")
	answer, err := e.asker().line(ctx, false)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return nil
	}
	return refused("%s", otherwise)
}

// line reads one line. A secret that is typed is not shown.
//
// Errors: of ctx, when a person interrupts; the terminal then shows again what is typed.
func (a *asker) line(ctx context.Context, secret bool) (string, error) {
	type read struct {
		text string
		err  error
	}
	done := make(chan read, 1)
	typed, ok := a.stdin.(*os.File)
	hide := secret && ok && a.isTerminal(typed)
	var before *term.State
	if hide {
		var err error
		if before, err = term.GetState(int(typed.Fd())); err != nil {
			return "", err
		}
	}
	go func() { // it may stay behind: nothing ends a read from a terminal
		if hide {
			text, err := term.ReadPassword(int(typed.Fd()))
			done <- read{string(text), err}
			return
		}
		text, err := a.in.ReadString('\n')
		done <- read{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		if hide {
			return "", errors.Join(ctx.Err(), term.Restore(int(typed.Fd()), before))
		}
		return "", ctx.Err()
	case got := <-done:
		if hide || !a.isTerminal(a.stdin) {
			fmt.Fprintln(a.stderr) // nobody saw the return that was pressed
		}
		return strings.TrimSpace(got.text), got.err
	}
}
