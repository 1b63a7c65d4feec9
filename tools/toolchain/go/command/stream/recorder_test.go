package stream

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

func TestLinesAreShownAsTheyCome(t *testing.T) {
	both := []string{"one", "two", "err", "rest"}
	cases := map[Logging][]string{
		LogStdout:          {"one", "two", "rest"},
		LogStderr:          {"err"},
		LogStdoutAndStderr: both,
		LogNone:            nil,
	}
	for logging, want := range cases {
		var shown []string
		recorder, err := NewRecorder(&logging, func(line string) { shown = append(shown, line) })
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range []string{"on", "e\ntwo\r\n"} {
			_, _ = recorder.Stdout.Write([]byte(piece))
		}
		_, _ = recorder.Stderr.Write([]byte("err\n"))
		_, _ = recorder.Stdout.Write([]byte("rest"))
		recorder.Close()
		if !slices.Equal(shown, want) {
			t.Errorf("logging %q shows %q, want %q", logging, shown, want)
		}
	}
}

func TestBothAreShownByDefault(t *testing.T) {
	count := 0
	recorder, err := NewRecorder(nil, func(string) { count++ })
	if err != nil {
		t.Fatal(err)
	}
	_, _ = recorder.Stdout.Write([]byte("a\n"))
	_, _ = recorder.Stderr.Write([]byte("b\n"))
	recorder.Close()
	if count != 2 {
		t.Errorf("%d lines shown, want 2", count)
	}
}

func TestAnUnknownLoggingIsRefused(t *testing.T) {
	logging := Logging("everything")
	if _, err := NewRecorder(&logging, nil); err == nil || !strings.Contains(err.Error(), `"everything"`) {
		t.Errorf("got %v", err)
	}
}

func TestOneTrailingNewlineIsCut(t *testing.T) {
	recorder, _ := NewRecorder(nil, func(string) {})
	_, _ = recorder.Stdout.Write([]byte("a\n\n"))
	recorder.Close()
	if got, _ := recorder.Texts(); got != "a\n" {
		t.Errorf("got %q", got)
	}
}

func TestALineOfMoreThan64KiBStopsTheCommandForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := 0
		recorder, _ := NewRecorder(nil, func(string) { shown++ })
		written := false
		go func() {
			_, _ = recorder.Stdout.Write([]byte("short\n" + strings.Repeat("x", 1<<16) + "\n"))
			_, _ = recorder.Stdout.Write([]byte("more\n"))
			written = true
		}()
		synctest.Wait()
		if written || shown != 1 {
			t.Errorf("%d lines are shown, and the command goes on: %t", shown, written)
		}
		recorder.Close()
	})
}

func TestAFailureNamesCommandAndOutput(t *testing.T) {
	recorder, _ := NewRecorder(nil, func(string) {})
	_, _ = recorder.Stdout.Write([]byte("first\n"))
	_, _ = recorder.Stderr.Write([]byte("second\n"))
	cause := errors.New("exit status 3")
	err := recorder.Failure(cause, "false")
	if !errors.Is(err, cause) || err.Error() != "exit status 3: running \"false\":\nfirst\nsecond\n" {
		t.Errorf("got %q", err)
	}
}
