package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const stored = `{"id": "r1", "name": "mkt.example.com", "type": "A", "content": "192.0.2.1", "ttl": 1, "proxied": false}`

type answer struct {
	status int
	header string
	body   string
}

func good(result string) answer {
	return answer{status: http.StatusOK, body: fmt.Sprintf(`{"success": true, "errors": [], "result": %s}`, result)}
}

func bad(status, code int, message string) answer {
	return answer{status: status, body: fmt.Sprintf(
		`{"success": false, "errors": [{"code": %d, "message": %q}], "result": null}`, code, message)}
}

// rehearsal is a client whose server gives the answers in turn, the last one for ever.
type rehearsal struct {
	*Client
	requests []string
	waits    []time.Duration
}

func rehearse(t *testing.T, answers ...answer) *rehearsal {
	t.Helper()
	r := &rehearsal{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		if request.Header.Get("Authorization") != "Bearer secret" {
			t.Error("no token in", request.Header)
		}
		r.requests = append(r.requests, fmt.Sprintf("%s %s %s", request.Method, request.URL.Path, body))
		given := answers[min(len(r.requests), len(answers))-1]
		if name, value, found := strings.Cut(given.header, ": "); found {
			w.Header().Set(name, value)
		}
		w.WriteHeader(given.status)
		_, _ = io.WriteString(w, given.body)
	}))
	t.Cleanup(server.Close)
	r.Client = NewClient(server.URL+"/client/v4", "secret", "test")
	r.sleep = func(_ context.Context, wait time.Duration) error {
		r.waits = append(r.waits, wait)
		return nil
	}
	return r
}

func pointer[T any](value T) *T { return &value }

func TestOnlyWhatIsSetIsSentOnCreateAndAllOnUpdate(t *testing.T) {
	r := rehearse(t, good(stored))
	record := Record{Name: "mkt.example.com", Type: "A", TTL: 1, Content: pointer("192.0.2.1")}
	made, err := r.Create(t.Context(), "z", record)
	if err != nil || made.ID != "r1" || *made.Content != "192.0.2.1" || *made.Proxied {
		t.Errorf("got %+v, %v", made, err)
	}
	if _, err := r.Update(t.Context(), "z", "r1", record); err != nil {
		t.Error(err)
	}
	if err := r.Delete(t.Context(), "z", "r1"); err != nil {
		t.Error(err)
	}
	want := []string{
		`POST /client/v4/zones/z/dns_records {"content":"192.0.2.1","name":"mkt.example.com","ttl":1,"type":"A"}`,
		`PUT /client/v4/zones/z/dns_records/r1 ` +
			`{"name":"mkt.example.com","type":"A","ttl":1,"content":"192.0.2.1","proxied":null,"comment":null}`,
		`DELETE /client/v4/zones/z/dns_records/r1 `,
	}
	if !slices.Equal(r.requests, want) {
		t.Errorf("got %q", r.requests)
	}
}

func TestARefusalIsTheAPIsOwnWordsAndIsNotTriedAgain(t *testing.T) {
	for _, c := range []struct {
		given answer
		want  string
	}{
		{bad(403, 10000, "Authentication error"), "Cloudflare: Authentication error (code 10000), status 403"},
		{bad(403, 9109, "Invalid access token"), "Cloudflare: Invalid access token (code 9109), status 403"},
		{
			bad(400, 81058, "An identical record already exists."),
			"Cloudflare: An identical record already exists. (code 81058), status 400",
		},
		{answer{status: 404, body: "<html>"}, "Cloudflare: Not Found, status 404"},
		{bad(200, 1, "odd"), "Cloudflare: odd (code 1), status 200"},
	} {
		r := rehearse(t, c.given)
		_, err := r.Get(t.Context(), "z", "r1")
		if err == nil || err.Error() != c.want || len(r.requests) != 1 {
			t.Errorf("got %v after %d requests, want %s", err, len(r.requests), c.want)
		}
		if NotFound(err) != (c.given.status == 404) {
			t.Errorf("%v: not found is %v", err, NotFound(err))
		}
	}
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	slow := bad(429, 971, "Please wait")
	slow.header = "Retry-After: 7"
	r := rehearse(t, slow, answer{status: 502, body: "<html>"}, good(stored))
	if _, err := r.Get(t.Context(), "z", "r1"); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{7 * time.Second, 2 * time.Second}; !slices.Equal(r.waits, want) {
		t.Errorf("waited %v, want %v", r.waits, want)
	}
}

func TestTriesAndWaitsAreBounded(t *testing.T) {
	slow := bad(429, 971, "Please wait")
	slow.header = "Retry-After: 86400"
	r := rehearse(t, slow)
	_, err := r.Get(t.Context(), "z", "r1")
	if err == nil || !strings.Contains(err.Error(), "gave up after 6 tries: Cloudflare: Please wait") {
		t.Errorf("got %v", err)
	}
	if len(r.requests) != tries || slices.Max(r.waits) != longestWait {
		t.Errorf("%d requests, waits %v", len(r.requests), r.waits)
	}
}

func TestTheServerMaySayThatATryIsInVain(t *testing.T) {
	vain := bad(500, 1, "no")
	vain.header = "X-Should-Retry: false"
	r := rehearse(t, vain)
	if _, err := r.Get(t.Context(), "z", "r1"); err == nil || len(r.requests) != 1 {
		t.Errorf("got %v after %d requests", err, len(r.requests))
	}
}

func TestAServerThatIsAwayIsTriedAgain(t *testing.T) {
	r := rehearse(t, good(stored))
	r.baseURL = "http://127.0.0.1:1/"
	if _, err := r.Get(t.Context(), "z", "r1"); err == nil || len(r.waits) != tries-1 {
		t.Errorf("got %v after %d waits", err, len(r.waits))
	}
}

func TestCancellingEndsAWait(t *testing.T) {
	r := rehearse(t, bad(503, 1, "away"))
	r.sleep = sleep
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Get(ctx, "z", "r1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
