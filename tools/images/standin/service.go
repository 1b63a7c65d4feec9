package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const (
	// Docker kills 10 s after it asked; a service that was told nothing else leaves before that.
	defaultDrain = 8 * time.Second
	// What a shell reports for a process that SIGTERM ended.
	exitTerminated = 143
)

// service is one running copy.
type service struct {
	settings
	hostname string
	started  time.Time
	log      io.Writer
	state    *state // nil without DATA_DIR
	hoard    [][]byte

	stopping atomic.Bool   // health says 503 from here on
	inFlight atomic.Int64  // requests and streams, health checks not counted
	goodbye  chan struct{} // closed when streams have to end
	address  chan string   // receives where it listens, once
}

func newService(s settings, log io.Writer) *service {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "unknown"
	}
	return &service{settings: s, hostname: hostname, started: time.Now(), log: log,
		goodbye: make(chan struct{}), address: make(chan string, 1)}
}

func (s *service) say(format string, values ...any) {
	fmt.Fprintf(s.log, "%s %s (release %s): %s\n", s.service, s.version, s.release, fmt.Sprintf(format, values...))
}

// run serves until a signal, a crash that was asked for or an error, and returns the exit code.
func (s *service) run(signals <-chan os.Signal) int {
	if s.crashAtStart {
		s.say("crashing at start with code %d, as CRASH_AT_START says", s.crashCode)
		return s.crashCode
	}
	if s.dataDir != "" {
		opened, err := openState(s.dataDir)
		if err != nil {
			s.say("%v", err)
			return 1
		}
		s.state = opened
		defer opened.close()
	}
	crash, terminated := after(s.crashAfter), s.terminated(signals)
	if s.listenAfter > 0 {
		select {
		case <-time.After(s.listenAfter):
		case <-crash:
			return s.crashed()
		case <-terminated:
			s.say("told to stop before it listened")
			return 0
		}
	}
	// An empty host means every address, IPv4 and, where the kernel has it, IPv6.
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", s.port))
	if err != nil {
		s.say("cannot listen: %v", err)
		return 1
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	defer server.Close()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	s.say("listening on port %d", listener.Addr().(*net.TCPAddr).Port)
	s.address <- listener.Addr().String()
	go s.eatMemory()

	select {
	case err := <-failed:
		s.say("stopped serving: %v", err)
		return 1
	case <-crash:
		return s.crashed()
	case <-terminated:
		return s.stop(server)
	}
}

func (s *service) crashed() int {
	s.say("crashing after %v, as CRASH_AFTER says", s.crashAfter)
	return 1
}

// terminated tells when to stop: at the first signal, or never if signals are to be ignored.
func (s *service) terminated(signals <-chan os.Signal) <-chan struct{} {
	told := make(chan struct{})
	go func() {
		for received := range signals {
			if s.ignoreTerm {
				s.say("ignoring %v, as IGNORE_TERM says", received)
				continue
			}
			close(told)
			return
		}
	}()
	return told
}

// stop ends the service: at once, or by letting requests finish, with the listener closed or still open.
func (s *service) stop(server *http.Server) int {
	if s.refuseDrain {
		s.say("leaving at once with %d requests in flight, as REFUSE_DRAIN says", s.inFlight.Load())
		return exitTerminated
	}
	limit := defaultDrain
	if s.drainSet {
		limit = s.drain
	} else {
		close(s.goodbye) // A stream never ends by itself; no client asked to keep it.
	}
	s.stopping.Store(true)
	server.SetKeepAlivesEnabled(false)
	s.say("stopping: %d requests in flight have %v", s.inFlight.Load(), limit)

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if !s.drainSet || s.closeListener {
		_ = server.Shutdown(ctx) // Its error is the limit, which the next line meets too.
	}
	left := s.idle(ctx)
	if s.drainSet {
		close(s.goodbye)
		flush, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		_ = server.Shutdown(flush)
	}
	if left > 0 {
		s.say("stopped; cut %d requests that took too long", left)
	} else {
		s.say("stopped")
	}
	return 0
}

// idle waits until nothing is in flight or the time is over, and returns how much still is.
func (s *service) idle(ctx context.Context) int64 {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.inFlight.Load() > 0 {
		select {
		case <-ctx.Done():
			return s.inFlight.Load()
		case <-tick.C:
		}
	}
	return 0
}

// ready says whether health answers 200, and otherwise why not.
func (s *service) ready() (bool, string) {
	age := time.Since(s.started)
	switch {
	case s.stopping.Load():
		return false, "stopping"
	case s.neverReady:
		return false, "never ready"
	case age < s.readyAfter:
		return false, "starting"
	case s.unreadyAfter > 0 && age >= s.unreadyAfter:
		return false, "no longer ready"
	}
	return true, "ok"
}

// eatMemory takes memory in steps, so that a limit is met within about a second and not in one jump.
func (s *service) eatMemory() {
	for range s.eatMemoryMiB {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		s.hoard = append(s.hoard, block)
		time.Sleep(time.Second / time.Duration(s.eatMemoryMiB))
	}
}

// after is a timer that never fires for zero.
func after(d time.Duration) <-chan time.Time {
	if d == 0 {
		return nil
	}
	return time.After(d)
}
