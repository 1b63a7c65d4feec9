package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// settings is everything the environment can say. The zero value of a failure mode means "does not happen".
type settings struct {
	service, version, release string

	port        int
	healthPaths []string
	dataDir     string

	// Ways to misbehave, each as a real service does it now and then.
	listenAfter, readyAfter  time.Duration
	unreadyAfter, crashAfter time.Duration
	neverReady, crashAtStart bool
	crashCode, eatMemoryMiB  int
	drain                    time.Duration
	drainSet, closeListener  bool
	refuseDrain, ignoreTerm  bool
}

// parseSettings reads the environment; an error names the variable and what would be right.
func parseSettings(getenv func(string) string) (settings, error) {
	read := environment{getenv: getenv}
	s := settings{
		service:       read.text("STANDIN_SERVICE", "standin"),
		version:       read.text("STANDIN_VERSION", "0"),
		release:       read.text("RELEASE", "none"),
		port:          read.number("PORT", 8080),
		healthPaths:   read.paths("HEALTH_PATH", "/healthz"),
		dataDir:       read.text("DATA_DIR", ""),
		listenAfter:   read.seconds("LISTEN_AFTER"),
		readyAfter:    read.seconds("READY_AFTER"),
		unreadyAfter:  read.seconds("UNREADY_AFTER"),
		crashAfter:    read.seconds("CRASH_AFTER"),
		neverReady:    read.flag("NEVER_READY"),
		crashAtStart:  getenv("CRASH_AT_START") != "",
		crashCode:     read.number("CRASH_AT_START", 0),
		eatMemoryMiB:  read.number("EAT_MEMORY", 0),
		drain:         read.seconds("DRAIN"),
		drainSet:      getenv("DRAIN") != "",
		closeListener: read.flag("CLOSE_LISTENER_ON_TERM"),
		refuseDrain:   read.flag("REFUSE_DRAIN"),
		ignoreTerm:    read.flag("IGNORE_TERM"),
	}
	s.port = read.number("WRONG_PORT", s.port)
	return s, read.err
}

// healthURL is where this service's own health can be asked from inside its container. It keeps to PORT, so
// that a service on the wrong port is unhealthy.
func healthURL(getenv func(string) string) (string, error) {
	read := environment{getenv: getenv}
	port, paths := read.number("PORT", 8080), read.paths("HEALTH_PATH", "/healthz")
	return fmt.Sprintf("http://127.0.0.1:%d%s", port, paths[0]), read.err
}

// environment reads typed values and remembers the first mistake.
type environment struct {
	getenv func(string) string
	err    error
}

func (e *environment) text(name, fallback string) string {
	if value := e.getenv(name); value != "" {
		return value
	}
	return fallback
}

func (e *environment) number(name string, fallback int) int {
	value := e.getenv(name)
	if value == "" {
		return fallback
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < 0 {
		e.fail("%s=%q is not a whole number, such as 3000", name, value)
	}
	return number
}

func (e *environment) seconds(name string) time.Duration {
	value := e.getenv(name)
	if value == "" {
		return 0
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil || number < 0 || number > 1e6 {
		e.fail("%s=%q is not a number of seconds, such as 2.5", name, value)
	}
	return time.Duration(number * float64(time.Second))
}

func (e *environment) flag(name string) bool {
	switch value := e.getenv(name); value {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	default:
		e.fail("%s=%q is neither 1 nor 0", name, value)
		return false
	}
}

func (e *environment) paths(name, fallback string) []string {
	paths := strings.Split(e.text(name, fallback), ",")
	for i, path := range paths {
		paths[i] = strings.TrimSpace(path)
		if !strings.HasPrefix(paths[i], "/") {
			e.fail("%s has %q: a path begins with /", name, path)
		}
	}
	return paths
}

func (e *environment) fail(format string, values ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, values...)
	}
}
