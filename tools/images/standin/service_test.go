package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStopsCleanlyAndLetsRequestsFinish(t *testing.T) {
	r := start(t, nil)
	outcome := r.slowly(200)
	r.signals <- syscall.SIGTERM
	if got := <-outcome; got != "200 OK" {
		t.Fatal(got)
	}
	r.wantExit(0, "stopped\n")
	if _, err := http.Get(r.url); err == nil {
		t.Fatal("still listens")
	}
}

func TestStreamsDoNotHoldUpAStop(t *testing.T) {
	r := start(t, nil)
	response, err := http.Get(r.url + "/sse")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	r.signals <- syscall.SIGTERM
	if text, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(text), "event: goodbye") {
		t.Fatalf("%q %v", text, err)
	}
	r.wantExit(0, "stopped\n")
}

func TestDrainKeepsServingWithHealthOff(t *testing.T) {
	r := start(t, map[string]string{"DRAIN": "4", "HEALTH_PATH": "/healthz,/"})
	r.wantStatus("/healthz", 200)
	outcome := r.slowly(500)
	r.signals <- syscall.SIGTERM
	for r.status("/healthz") == 200 {
		time.Sleep(5 * time.Millisecond)
	}
	r.wantStatus("/healthz", 503)
	r.wantStatus("/", 200)
	r.wantStatus("/any", 200)
	if got := <-outcome; got != "200 OK" {
		t.Fatal(got)
	}
	r.wantExit(0, "stopped\n")
}

func TestDrainHasAnEnd(t *testing.T) {
	r := start(t, map[string]string{"DRAIN": "0.1"})
	outcome := r.slowly(3000)
	r.signals <- syscall.SIGTERM
	r.wantExit(0, "cut 1 requests")
	if got := <-outcome; got != "cut" {
		t.Fatal(got)
	}
}

func TestCloseListenerOnTerm(t *testing.T) {
	r := start(t, map[string]string{"DRAIN": "4", "CLOSE_LISTENER_ON_TERM": "1"})
	outcome := r.slowly(400)
	r.signals <- syscall.SIGTERM
	time.Sleep(100 * time.Millisecond)
	if _, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://")); err == nil {
		t.Fatal("still listens")
	}
	if got := <-outcome; got != "200 OK" {
		t.Fatal(got)
	}
	r.wantExit(0, "stopped\n")
}

func TestRefuseDrainCuts(t *testing.T) {
	r := start(t, map[string]string{"REFUSE_DRAIN": "1"})
	outcome := r.slowly(3000)
	r.signals <- syscall.SIGTERM
	r.wantExit(143, "REFUSE_DRAIN")
	if got := <-outcome; got != "cut" {
		t.Fatal(got)
	}
}

func TestIgnoreTerm(t *testing.T) {
	r := start(t, map[string]string{"IGNORE_TERM": "1"})
	r.signals <- syscall.SIGTERM
	for !strings.Contains(r.log.String(), "IGNORE_TERM") {
		time.Sleep(5 * time.Millisecond)
	}
	r.wantStatus("/", 200)
}

func TestReadiness(t *testing.T) {
	t.Run("after a while", func(t *testing.T) {
		r := start(t, map[string]string{"READY_AFTER": "0.3"})
		r.wantStatus("/healthz", 503)
		r.wantStatus("/", 200)
		time.Sleep(350 * time.Millisecond)
		r.wantStatus("/healthz", 200)
	})
	t.Run("on the front page", func(t *testing.T) {
		start(t, map[string]string{"NEVER_READY": "1", "HEALTH_PATH": "/"}).wantStatus("/", 503)
	})
	t.Run("never", func(t *testing.T) {
		start(t, map[string]string{"NEVER_READY": "true"}).wantStatus("/healthz", 503)
	})
	t.Run("no longer", func(t *testing.T) {
		r := start(t, map[string]string{"UNREADY_AFTER": "0.3"})
		r.wantStatus("/healthz", 200)
		time.Sleep(350 * time.Millisecond)
		r.wantStatus("/healthz", 503)
	})
}

func TestCrashes(t *testing.T) {
	t.Run("at start", func(t *testing.T) {
		prepare(t, map[string]string{"CRASH_AT_START": "7"}).wantExit(7, "CRASH_AT_START")
	})
	t.Run("later", func(t *testing.T) {
		r := start(t, map[string]string{"CRASH_AFTER": "0.2"})
		r.wantStatus("/healthz", 200)
		r.wantExit(1, "CRASH_AFTER")
	})
	t.Run("before it listens", func(t *testing.T) {
		prepare(t, map[string]string{"CRASH_AFTER": "0.1", "LISTEN_AFTER": "60"}).wantExit(1, "CRASH_AFTER")
	})
}

func TestListenAfter(t *testing.T) {
	begun := time.Now()
	start(t, map[string]string{"LISTEN_AFTER": "0.3"}).wantStatus("/healthz", 200)
	if time.Since(begun) < 300*time.Millisecond {
		t.Fatal("listened too early")
	}
}

func TestStopsWhileItDoesNotListenYet(t *testing.T) {
	r := prepare(t, map[string]string{"LISTEN_AFTER": "60"})
	r.signals <- syscall.SIGTERM
	r.wantExit(0, "before it listened")
}

func TestWrongPort(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	r := start(t, map[string]string{"PORT": "3000", "WRONG_PORT": fmt.Sprint(port)})
	if !strings.HasSuffix(r.url, fmt.Sprintf(":%d", port)) {
		t.Fatal(r.url)
	}
}

func TestEatMemory(t *testing.T) {
	r := start(t, map[string]string{"EAT_MEMORY": "4"})
	time.Sleep(100 * time.Millisecond)
	r.wantStatus("/", 200)
}

func TestAMistakeInTheEnvironmentIsNamed(t *testing.T) {
	for name, value := range map[string]string{"PORT": "http", "READY_AFTER": "soon", "IGNORE_TERM": "maybe", "HEALTH_PATH": "up"} {
		_, err := parseSettings(func(asked string) string {
			return map[string]string{name: value}[asked]
		})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}
