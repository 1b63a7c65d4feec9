package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func origin(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/fine", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	mux.Handle("/moved", http.RedirectHandler("/fine", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.Handle("/secure", http.RedirectHandler("https://127.0.0.1/", http.StatusFound))
	mux.HandleFunc("/late", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, _ *http.Request) {
		for range 4 {
			fmt.Fprint(w, "drop ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(400 * time.Millisecond)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestWget(t *testing.T) {
	url := origin(t)
	for _, try := range []struct {
		arguments     string
		code          int
		output, error string
	}{
		{"-q -T 5 -O - URL/fine", 0, "fine", ""},
		{"-qO- -T5 -Y off URL/moved", 0, "fine", ""},
		{"-q -S -T 5 -O - URL/fine", 0, "fine", "  HTTP/1.1 200 OK\n  Content-Length: 4\n"},
		{"-q -O - URL/empty", 0, "", ""},
		{"-q -T 5 -O - URL/down", 1, "", "wget: server returned error: HTTP/1.1 503 Service Unavailable\n"},
		{"-q -T 5 -O - URL/round", 1, "", "wget: too many redirections\n"},
		{"-q -T 5 -O - URL/secure", 1, "", "which is not http\n"},
		{"-q -T 1 -O - URL/late", 1, "", "wget: download timed out\n"},
		{"-q -T 1 -O - URL/drip", 0, "drop drop drop drop ", ""},
		{"-q -T 5 -O - http://127.0.0.1:1/", 1, "", "wget: can't connect to remote host (127.0.0.1:1): Connection refused\n"},
		{"-q -T 5 -O - http://name.invalid/", 1, "", "wget: bad address 'name.invalid'\n"},
		{"-q -T 5 -O - https://127.0.0.1/", 1, "", "wget: not an http url: https://127.0.0.1/\n"},
		{"-q URL/fine", 1, "", "wget: usage:"},
		{"-q -O - --spider URL/fine", 1, "", "wget: unrecognized option '--spider'"},
		{"-q -T soon -O - URL/fine", 1, "", "wget: invalid number 'soon'\n"},
		{"-q -O", 1, "", "wget: option requires an argument -- 'O'\n"},
	} {
		t.Run(try.arguments, func(t *testing.T) {
			t.Parallel()
			var out, errors bytes.Buffer
			code := wget(strings.Fields(strings.ReplaceAll(try.arguments, "URL", url)), &out, &errors)
			if code != try.code || out.String() != try.output || !strings.Contains(errors.String(), try.error) {
				t.Errorf("code %d, output %q, errors %q", code, out.String(), errors.String())
			}
			if try.error == "" && errors.Len() > 0 {
				t.Errorf("not quiet: %q", errors.String())
			}
		})
	}
}

func TestWgetWritesAFileOnlyWhenAllIsWell(t *testing.T) {
	url, file := origin(t), filepath.Join(t.TempDir(), "body")
	if code := wget([]string{"-q", "-O", file, url + "/down"}, nil, &bytes.Buffer{}); code != 1 {
		t.Fatal(code)
	}
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a failed answer left a file")
	}
	if code := wget([]string{"-q", "-O", file, url + "/fine"}, nil, os.Stderr); code != 0 {
		t.Fatal(code)
	}
	if text, _ := os.ReadFile(file); string(text) != "fine" {
		t.Fatalf("%q", text)
	}
}

func TestProbe(t *testing.T) {
	url := origin(t)
	var out bytes.Buffer
	if code := probe([]string{url + "/fine"}, os.Getenv, &out); code != 0 || out.Len() > 0 {
		t.Fatal(code, out.String())
	}
	if code := probe([]string{url + "/down"}, os.Getenv, &out); code != 1 || strings.Count(out.String(), "\n") != 1 {
		t.Fatal(code, out.String())
	}
}

func TestProbeWithoutAURLAsksItsOwnService(t *testing.T) {
	server := start(t, map[string]string{"HEALTH_PATH": "/api/health,/other"})
	_, port, _ := strings.Cut(strings.TrimPrefix(server.url, "http://"), ":")
	getenv := func(name string) string {
		return map[string]string{"PORT": port, "HEALTH_PATH": "/api/health,/other"}[name]
	}
	var out bytes.Buffer
	if code := probe(nil, getenv, &out); code != 0 {
		t.Fatal(code, out.String())
	}
}
