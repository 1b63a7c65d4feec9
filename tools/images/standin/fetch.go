package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long a health check waits; Docker's own limit is usually above it.
const probeTimeout = 3 * time.Second

// probe exits 0 if the URL, or without one this service's health path, answers 2xx.
func probe(arguments []string, getenv func(string) string, out io.Writer) int {
	target, err := healthURL(getenv)
	if len(arguments) > 0 {
		target, err = arguments[0], nil
	}
	if err == nil {
		err = fetch(target, probeTimeout, io.Discard, nil)
	}
	if err != nil {
		fmt.Fprintf(out, "probe: %s: %v\n", target, err)
		return 1
	}
	return 0
}

// wget is the part of busybox wget that is used here, with busybox's messages.
func wget(arguments []string, stdout, stderr io.Writer) int {
	order, err := parseWget(arguments)
	if err == nil {
		err = order.get(stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "wget: %v\n", err)
		return 1
	}
	return 0
}

// wgetOrder is a wget command line.
type wgetOrder struct {
	target, output string
	timeout        time.Duration
	show           bool // -S: the answer's head goes to standard error
}

func parseWget(arguments []string) (wgetOrder, error) {
	order := wgetOrder{timeout: 900 * time.Second} // busybox's default
	for len(arguments) > 0 {
		word := arguments[0]
		arguments = arguments[1:]
		if !strings.HasPrefix(word, "-") || word == "-" {
			if order.target != "" {
				return order, errors.New("one URL at a time")
			}
			order.target = word
			continue
		}
		for flags := word[1:]; flags != ""; {
			letter := flags[:1]
			flags = flags[1:]
			if letter == "q" || letter == "S" {
				order.show = order.show || letter == "S"
				continue
			}
			if !strings.Contains("TOY", letter) {
				return order, fmt.Errorf("unrecognized option '%s'; there are -q -S -T -O -Y", word)
			}
			value := flags
			if value == "" {
				if len(arguments) == 0 {
					return order, fmt.Errorf("option requires an argument -- '%s'", letter)
				}
				value, arguments = arguments[0], arguments[1:]
			}
			if err := order.set(letter, value); err != nil {
				return order, err
			}
			break
		}
	}
	if order.target == "" || order.output == "" {
		return order, errors.New("usage: wget [-q] [-S] [-T SECONDS] [-Y off] -O FILE|- URL")
	}
	return order, nil
}

func (o *wgetOrder) set(letter, value string) error {
	switch letter {
	case "O":
		o.output = value
	case "T":
		seconds, err := strconv.Atoi(value)
		if err != nil || seconds < 1 {
			return fmt.Errorf("invalid number '%s'", value)
		}
		o.timeout = time.Duration(seconds) * time.Second
	case "Y":
		if value != "off" {
			return errors.New("there is no proxy here: -Y off")
		}
	}
	return nil
}

// get writes the body where it was asked for. Like busybox, it leaves the file alone unless the answer is 2xx.
func (o *wgetOrder) get(stdout, stderr io.Writer) error {
	body := stdout
	if o.output != "-" {
		file := &lateFile{path: o.output}
		defer file.Close()
		body = file
	}
	var headers io.Writer // nil: not shown
	if o.show {
		headers = stderr
	}
	return fetch(o.target, o.timeout, body, headers)
}

// lateFile is created when the answer turned out well.
type lateFile struct {
	path string
	*os.File
}

func (f *lateFile) Write(data []byte) (int, error) {
	if f.File == nil {
		file, err := os.Create(f.path)
		if err != nil {
			return 0, err
		}
		f.File = file
	}
	return f.File.Write(data)
}

// fetch GETs a URL over plain HTTP, without a proxy, follows redirects, and fails unless the answer is 2xx. The
// timeout is for every step (connect, answer, each piece of the body), not for the whole, as with busybox.
func fetch(target string, timeout time.Duration, body, headers io.Writer) error {
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	timer := time.AfterFunc(timeout, func() { cancel(errTimedOut) })
	defer timer.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil || request.URL.Scheme != "http" {
		return fmt.Errorf("not an http url: %s", target)
	}
	request.Header.Set("User-Agent", "Wget")
	client := http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(next *http.Request, earlier []*http.Request) error {
			show(headers, next.Response)
			if len(earlier) > 5 {
				return errors.New("too many redirections")
			}
			if next.URL.Scheme != "http" {
				return fmt.Errorf("redirected to %s, which is not http", next.URL)
			}
			return nil
		},
	}
	response, err := client.Do(request)
	if err != nil {
		return plain(ctx, err)
	}
	defer response.Body.Close()
	show(headers, response)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("server returned error: %s %s", response.Proto, response.Status)
	}
	if _, err := body.Write(nil); err != nil { // An empty body makes an empty file.
		return err
	}
	if _, err := io.Copy(body, &patient{response.Body, timer, timeout}); err != nil {
		return plain(ctx, err)
	}
	return nil
}

var errTimedOut = errors.New("download timed out")

// patient gives every read of a body the whole time.
type patient struct {
	io.Reader
	timer   *time.Timer
	timeout time.Duration
}

func (p *patient) Read(into []byte) (int, error) {
	p.timer.Reset(p.timeout)
	return p.Reader.Read(into)
}

// plain is a network error in busybox's words.
func plain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var unknown *net.DNSError
	var dial *net.OpError
	var request *url.Error
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("bad address '%s'", unknown.Name)
	case errors.As(err, &dial) && dial.Op == "dial":
		reason := dial.Err.Error()
		var number syscall.Errno
		if errors.As(err, &number) {
			reason = strings.ToUpper(number.Error()[:1]) + number.Error()[1:]
		}
		return fmt.Errorf("can't connect to remote host (%v): %s", dial.Addr, reason)
	case errors.As(err, &request):
		return request.Err
	}
	return err
}

// show prints an answer's head as busybox's -S does.
func show(out io.Writer, response *http.Response) {
	if out == nil || response == nil {
		return
	}
	fmt.Fprintf(out, "  %s %s\n", response.Proto, response.Status)
	names := make([]string, 0, len(response.Header))
	for name := range response.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(out, "  %s: %s\n", name, strings.Join(response.Header[name], ", "))
	}
}
