package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// ServeHTTP answers one request. Health checks are not counted as in flight: they must not hold up a stop.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Standin-Version", s.version)
	w.Header().Set("X-Standin-Release", s.release)
	w.Header().Set("Cache-Control", "no-store")
	if slices.Contains(s.healthPaths, r.URL.Path) {
		ok, reason := s.ready()
		// A service may be checked on its front page. That is still a page, and visitors get it until the end.
		isPage := r.URL.Path == "/" && (ok || s.stopping.Load())
		switch {
		case isPage:
		case ok:
			s.answer(w, http.StatusOK, map[string]any{"status": reason})
			return
		default:
			s.answer(w, http.StatusServiceUnavailable, map[string]any{"status": reason})
			return
		}
	}
	s.inFlight.Add(1)
	defer s.inFlight.Add(-1)

	code, isStatus := strings.CutPrefix(r.URL.Path, "/status/")
	switch {
	case isStatus:
		s.status(w, code)
	case r.URL.Path == "/ws":
		s.webSocket(w, r)
	case r.URL.Path == "/sse":
		s.events(w, r)
	case r.URL.Path == "/headers":
		s.answer(w, http.StatusOK, map[string]any{"headers": visibleHeaders(r)})
	case r.URL.Path == "/slow":
		s.slow(w, r)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.page(w, r)
	default:
		s.echo(w, r)
	}
}

// answer writes JSON that always says who answered.
func (s *service) answer(w http.ResponseWriter, code int, values map[string]any) {
	values["service"], values["version"], values["release"] = s.service, s.version, s.release
	values["hostname"] = s.hostname
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(values) // The client left: there is none to tell.
}

func (s *service) status(w http.ResponseWriter, text string) {
	code, err := strconv.Atoi(text)
	if err != nil || code < 200 || code > 599 {
		s.answer(w, http.StatusBadRequest, map[string]any{"error": "a status is between 200 and 599"})
		return
	}
	if code == http.StatusNoContent || code == http.StatusNotModified {
		w.WriteHeader(code) // These have no body.
		return
	}
	s.answer(w, code, map[string]any{"status": code})
}

// slow answers after ?ms= milliseconds; what it then answers depends on the method as everywhere.
func (s *service) slow(w http.ResponseWriter, r *http.Request) {
	wait, err := strconv.ParseFloat(r.URL.Query().Get("ms"), 64)
	if err != nil || wait < 0 {
		wait = 1000
	}
	body, err := digest(r)
	if err != nil {
		return
	}
	select {
	case <-time.After(time.Duration(wait * float64(time.Millisecond))):
		body["waited_ms"] = wait
		s.answer(w, http.StatusOK, body)
	case <-r.Context().Done():
	}
}

func (s *service) echo(w http.ResponseWriter, r *http.Request) {
	body, err := digest(r)
	if err != nil {
		s.answer(w, http.StatusBadRequest, map[string]any{"error": "the body did not arrive whole"})
		return
	}
	s.answer(w, http.StatusOK, body)
}

// digest reads the body to its end and says what arrived, not its content.
func digest(r *http.Request) (map[string]any, error) {
	sum := sha256.New()
	length, err := io.Copy(sum, r.Body)
	return map[string]any{"method": r.Method, "url": r.URL.String(), "length": length,
		"sha256": hex.EncodeToString(sum.Sum(nil))}, err
}

// events sends one event at once and then every 200 ms, until the client leaves, ?seconds= are over or the
// service ends.
func (s *service) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	seconds, _ := strconv.ParseFloat(r.URL.Query().Get("seconds"), 64)
	over := after(time.Duration(seconds * float64(time.Second)))
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	flush := http.NewResponseController(w)
	for n := 1; ; n++ {
		text, _ := json.Marshal(map[string]any{"n": n, "version": s.version, "release": s.release})
		if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", n, text); err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-over:
			return
		case <-r.Context().Done():
			return
		case <-s.goodbye:
			fmt.Fprint(w, "event: goodbye\ndata: {}\n\n")
			return
		}
	}
}

// header is one line of what a request carried.
type header struct{ Name, Value string }

// seen is what a page or its JSON form tells about the service and the request.
type seen struct {
	Service   string   `json:"service"`
	Version   string   `json:"version"`
	Release   string   `json:"release"`
	Hostname  string   `json:"hostname"`
	Uptime    string   `json:"uptime"`
	Visits    int      `json:"visits,omitempty"`
	Method    string   `json:"method"`
	URL       string   `json:"url"`
	Protocol  string   `json:"protocol"`
	Host      string   `json:"host"`
	Client    string   `json:"client"`
	Forwarded []header `json:"-"`
	Others    []header `json:"-"`

	Headers map[string]string `json:"headers"`
	Hue     uint32            `json:"-"`
	Initial string            `json:"-"`
	Health  string            `json:"-"`
}

func (s *service) page(w http.ResponseWriter, r *http.Request) {
	hue := fnv.New32a()
	hue.Write([]byte(s.service))
	view := seen{Service: s.service, Version: s.version, Release: s.release, Hostname: s.hostname,
		Uptime: time.Since(s.started).Round(time.Second).String(),
		Method: r.Method, URL: r.URL.String(), Protocol: r.Proto, Host: r.Host, Client: r.RemoteAddr,
		Headers: visibleHeaders(r), Hue: hue.Sum32() % 360,
		Initial: strings.ToUpper(string([]rune(s.service)[:1])), Health: s.healthPaths[0]}
	if s.state != nil {
		visits, err := s.state.visit()
		if err != nil {
			s.say("cannot keep the visit: %v", err)
			s.answer(w, http.StatusInternalServerError, map[string]any{"error": "cannot keep the visit"})
			return
		}
		view.Visits = visits
	}
	accept := r.Header.Get("Accept")
	if strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html") {
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(view)
		return
	}
	for name, value := range view.Headers {
		if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" || name == "Via" {
			view.Forwarded = append(view.Forwarded, header{name, value})
		} else {
			view.Others = append(view.Others, header{name, value})
		}
	}
	for _, list := range [][]header{view.Forwarded, view.Others} {
		slices.SortFunc(list, func(a, b header) int { return strings.Compare(a.Name, b.Name) })
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, view)
}

// visibleHeaders are the request's headers without the value of anything that lets its holder in.
func visibleHeaders(r *http.Request) map[string]string {
	visible := make(map[string]string, len(r.Header))
	for name, values := range r.Header {
		visible[name] = strings.Join(values, ", ")
		lower := strings.ToLower(name)
		for _, word := range []string{"authorization", "cookie", "token", "secret", "password", "api-key", "apikey"} {
			if strings.Contains(lower, word) {
				visible[name] = "(redacted)"
			}
		}
	}
	return visible
}
