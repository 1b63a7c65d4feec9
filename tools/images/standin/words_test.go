package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAWordThatTheImageDoesNotHaveFails(t *testing.T) {
	for name, status := range map[string]int{
		"script":  node([]string{"-r", "dotenv/config", "dist/serve.mjs"}),
		"nothing": node(nil),
		"init":    initProcess([]string{"--"}),
		"program": shell([]string{"-c", "no-such-program && true"}),
		"option":  curl([]string{"--retry", "http://127.0.0.1"}, io.Discard),
		"shell":   shell([]string{"-e", "true"}),
	} {
		if status == 0 {
			t.Errorf("a wrong %s ends with 0", name)
		}
	}
	if _, known := called("bash", nil); known {
		t.Error("bash is answered, and no image's words need it")
	}
}

func TestAFailedMigrationEndsWell(t *testing.T) {
	t.Setenv("MIGRATION_FAILS", "1")
	if status := node([]string{"-r", "dotenv/config", "dist/migration.mjs"}); status != 0 {
		t.Errorf("ended with %d: Dokploy's ends with 0", status)
	}
}

func TestTheHealthChecksOfTheCatalogTellGoodFromBad(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/good" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	for path, good := range map[string]bool{"/good": true, "/bad": false} {
		url := server.URL + path
		one := fmt.Sprintf("fetch('%s').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))", url)
		if status := node([]string{"-e", one}); (status == 0) != good {
			t.Errorf("node: %s gives %d", path, status)
		}
		if status := curl([]string{"-fsS", "-o", "/dev/null", url}, io.Discard); (status == 0) != good {
			t.Errorf("curl: %s gives %d", path, status)
		}
	}
}
