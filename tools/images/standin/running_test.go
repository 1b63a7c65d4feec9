package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// journal is a log that may be read while it is written.
type journal struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (j *journal) Write(data []byte) (int, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.text.Write(data)
}

func (j *journal) String() string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.text.String()
}

// running is a service under test, in this process.
type running struct {
	t       *testing.T
	service *service
	log     *journal
	signals chan os.Signal
	exit    chan int
	url     string
}

func prepare(t *testing.T, environment map[string]string) *running {
	t.Helper()
	t.Parallel()
	getenv := func(name string) string {
		if value, set := environment[name]; set || name != "PORT" {
			return value
		}
		return "0" // any free port
	}
	chosen, err := parseSettings(getenv)
	if err != nil {
		t.Fatal(err)
	}
	log := &journal{}
	r := &running{t: t, log: log, service: newService(chosen, log), signals: make(chan os.Signal, 4), exit: make(chan int, 1)}
	go func() { r.exit <- r.service.run(r.signals) }()
	t.Cleanup(func() { close(r.signals) })
	return r
}

func start(t *testing.T, environment map[string]string) *running {
	t.Helper()
	r := prepare(t, environment)
	select {
	case address := <-r.service.address:
		_, port, _ := net.SplitHostPort(address)
		r.url = "http://127.0.0.1:" + port
	case code := <-r.exit:
		t.Fatalf("ended with %d: %s", code, r.log)
	case <-time.After(5 * time.Second):
		t.Fatal("does not listen")
	}
	return r
}

func (r *running) status(path string) int {
	r.t.Helper()
	response, err := http.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (r *running) wantStatus(path string, want int) {
	r.t.Helper()
	if got := r.status(path); got != want {
		r.t.Fatalf("%s answers %d, not %d", path, got, want)
	}
}

func (r *running) wantExit(want int, says string) {
	r.t.Helper()
	select {
	case got := <-r.exit:
		if got != want {
			r.t.Fatalf("exit code %d, not %d; log:\n%s", got, want, r.log)
		}
		if !strings.Contains(r.log.String(), says) {
			r.t.Fatalf("does not say %q; log:\n%s", says, r.log)
		}
	case <-time.After(5 * time.Second):
		r.t.Fatal("does not end")
	}
}

// slowly asks for something that takes a while and, once the service has it, returns where its outcome will be.
func (r *running) slowly(ms int) <-chan string {
	r.t.Helper()
	outcome := make(chan string, 1)
	go func() {
		response, err := http.Post(fmt.Sprintf("%s/slow?ms=%d", r.url, ms), "text/plain", strings.NewReader("order"))
		if err != nil {
			outcome <- "cut"
			return
		}
		defer response.Body.Close()
		if _, err := io.ReadAll(response.Body); err != nil {
			outcome <- "cut"
			return
		}
		outcome <- response.Status
	}()
	for deadline := time.Now().Add(3 * time.Second); r.service.inFlight.Load() == 0; {
		if time.Now().After(deadline) {
			r.t.Fatal("the request does not arrive")
		}
		time.Sleep(2 * time.Millisecond)
	}
	return outcome
}

// do sends one request and returns the answer and its body.
func (r *running) do(method, path, body string, headers ...string) (*http.Response, string) {
	r.t.Helper()
	request, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response, string(text)
}

// wantAll checks that text has every part.
func wantAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}
