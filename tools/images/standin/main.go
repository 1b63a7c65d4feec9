// Standin answers in place of a real service: in the embedded dev stack and in tests.
//
// One static binary does several things, chosen by its first argument or, as with
// busybox, by the name it is called by:
//
//	standin serve          an HTTP service, configured by environment only
//	standin probe [URL]    a health check for images that hold no other tool
//	wget -q -T 5 -O - URL  the part of busybox wget that a rollout needs
//	tini, node, curl, …    the words of the real images' entry points and health checks
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

const usage = `usage: standin serve            serve HTTP; see images/README.md for the environment it reads
       standin probe [URL]     exit 0 if URL (default: this service's health path) answers 2xx
       standin wget [-q] [-S] [-T SECONDS] [-Y off] -O FILE|- URL`

func main() {
	arguments := os.Args[1:]
	if status, known := called(filepath.Base(os.Args[0]), arguments); known {
		os.Exit(status)
	}
	if len(arguments) == 0 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(exitUsage)
	}
	command, arguments := arguments[0], arguments[1:]
	switch command {
	case "serve":
		// Further arguments are ignored: a stack file may pass those that the real image wants.
		os.Exit(serve())
	case "probe":
		os.Exit(probe(arguments, os.Getenv, os.Stdout))
	case "wget":
		os.Exit(wget(arguments, os.Stdout, os.Stderr))
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(exitUsage)
	}
}

// serve runs the service until it is told to stop, and returns the exit code.
func serve() int {
	// Before anything else: as process 1, a signal without a handler is lost.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)

	chosen, err := parseSettings(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		return 2
	}
	return newService(chosen, os.Stdout).run(signals)
}
