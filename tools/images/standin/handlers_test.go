package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var n8n = map[string]string{"STANDIN_SERVICE": "n8n", "STANDIN_VERSION": "1.2.3", "RELEASE": "3f2a1bc"}

func TestPage(t *testing.T) {
	r := start(t, n8n)
	response, text := r.do("GET", "/path?x=<b>", "",
		"X-Forwarded-For", "192.0.2.7", "Cookie", "id=sesame", "Authorization", "Basic sesame")
	wantAll(t, text, "<title>n8n 1.2.3", "3f2a1bc", "/path?x=", "X-Forwarded-For", "192.0.2.7", "(redacted)", "Cookie")
	if strings.Contains(text, "sesame") || strings.Contains(text, "<b>") {
		t.Error("the page shows what it must not")
	}
	if strings.Contains(text, "src=") || strings.Contains(text, "://") {
		t.Error("the page asks for something from elsewhere")
	}
	wantAll(t, response.Header.Get("Content-Type"), "text/html")
	if response.Header.Get("X-Standin-Version") != "1.2.3" || response.Header.Get("X-Standin-Release") != "3f2a1bc" {
		t.Error(response.Header)
	}
}

func TestPageAsJSON(t *testing.T) {
	r := start(t, n8n)
	_, text := r.do("GET", "/", "", "Accept", "application/json", "X-Api-Key", "sesame")
	var view map[string]any
	if err := json.Unmarshal([]byte(text), &view); err != nil {
		t.Fatal(err)
	}
	if view["service"] != "n8n" || view["headers"].(map[string]any)["X-Api-Key"] != "(redacted)" {
		t.Error(view)
	}
}

func TestEcho(t *testing.T) {
	r := start(t, n8n)
	_, text := r.do("POST", "/webhook/a", "hello")
	wantAll(t, text, `"length": 5`, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", `"version": "1.2.3"`)
}

func TestStatusHeadersAndSlow(t *testing.T) {
	r := start(t, n8n)
	for path, want := range map[string]int{"/status/503": 503, "/status/204": 204, "/status/nine": 400, "/headers": 200} {
		response, _ := r.do("GET", path, "")
		if response.StatusCode != want || response.Header.Get("X-Standin-Version") != "1.2.3" {
			t.Errorf("%s: %d %v", path, response.StatusCode, response.Header)
		}
	}
	begun := time.Now()
	_, text := r.do("GET", "/slow?ms=150", "")
	if time.Since(begun) < 150*time.Millisecond {
		t.Error("not slow")
	}
	wantAll(t, text, `"waited_ms": 150`)
}

func TestEvents(t *testing.T) {
	_, text := start(t, n8n).do("GET", "/sse?seconds=0.5", "")
	wantAll(t, text, `data: {"n":1,"release":"3f2a1bc","version":"1.2.3"}`, `"n":2`, `"n":3`)
	if strings.Contains(text, `"n":4`) {
		t.Error("too many events in half a second")
	}
}

func TestWebSocket(t *testing.T) {
	r := start(t, n8n)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	// The key and its answer are the example of RFC 6455, section 1.3.
	io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 101 || response.Header.Get("Sec-Websocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatal(response.Status, response.Header)
	}
	wantAll(t, readText(t, reader), "n8n 1.2.3 (release 3f2a1bc)")
	// "Hello", masked: the example of section 5.7.
	conn.Write([]byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})
	if got := readText(t, reader); got != "Hello" {
		t.Fatal(got)
	}
	r.signals <- os.Interrupt
	if got := readText(t, reader); got != "\x03\xe9" { // 1001, going away
		t.Fatalf("%q", got)
	}
	r.wantExit(0, "stopped\n")
}

// readText reads one short frame from a server.
func readText(t *testing.T, reader *bufio.Reader) string {
	t.Helper()
	head := make([]byte, 2)
	if _, err := io.ReadFull(reader, head); err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, head[1])
	if _, err := io.ReadFull(reader, payload); err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

func TestWebSocketPathForOthers(t *testing.T) {
	start(t, n8n).wantStatus("/ws", 426)
}

func TestVisitsOutliveTheCopy(t *testing.T) {
	dir := t.TempDir()
	first := start(t, map[string]string{"DATA_DIR": dir})
	first.wantStatus("/", 200)
	first.wantStatus("/", 200)
	t.Run("a second copy", func(t *testing.T) {
		prepareHere(t, dir).wantExit(1, "another copy runs on this data")
	})
	first.signals <- os.Interrupt
	first.wantExit(0, "stopped")
	text, err := os.ReadFile(filepath.Join(dir, "visits"))
	if err != nil || string(text) != "2\n" {
		t.Fatalf("%q %v", text, err)
	}
	next, err := openState(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer next.close()
	if visits, err := next.visit(); visits != 3 || err != nil {
		t.Fatal(visits, err)
	}
}

// prepareHere runs a copy at once and to its end, so that the caller's copy still runs meanwhile.
func prepareHere(t *testing.T, dir string) *running {
	t.Helper()
	log := &journal{}
	r := &running{t: t, log: log, exit: make(chan int, 1), service: newService(settings{dataDir: dir}, log)}
	r.exit <- r.service.run(nil)
	return r
}

func TestBrokenData(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "visits"), []byte("many"), 0o600); err != nil {
		t.Fatal(err)
	}
	prepareHere(t, dir).wantExit(1, "cannot read the visits")
}
