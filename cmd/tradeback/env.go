package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
)

// env is what a command has of the world: nothing else of it is read or written, but files that it names.
type env struct {
	getenv     func(string) string
	stdin      io.Reader
	stdout     io.Writer
	stderr     io.Writer
	now        func() time.Time
	isTerminal func(stream any) bool // whether a person sits at one of the three streams
	user       func() string         // who runs the command, for the journal

	toPeers func(exchange.PeerName, *http.Client) *http.Client // what a test puts between serve and its peers; nil
}

func systemEnv() env {
	return env{
		getenv: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		now: time.Now, isTerminal: isTerminal, user: userName,
	}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// userName is the system's name of who runs the process, or the number where there is no name.
func userName() string {
	u, err := user.Current()
	if err != nil || u.Username == "" {
		return "uid " + strconv.Itoa(os.Getuid())
	}
	return u.Username
}

// person is who acts here, for the audit chain. By is who they say they are; empty: the user.
func (e env) person(by string) audit.Actor { return audit.Person(by, e.user()) }

// complain says on stderr what went wrong. A failure that has been reported already is not repeated.
func (e env) complain(err error) {
	var told reportedError
	if !errors.As(err, &told) {
		fmt.Fprintf(e.stderr, "tradeback: %v\n", err)
	}
}
