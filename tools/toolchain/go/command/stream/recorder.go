// Package stream records what a command writes and shows it line by line while the command runs.
package stream

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Names of the variables that hand a command the output of the run before it.
const (
	PreviousStdout = "PULUMI_COMMAND_STDOUT"
	PreviousStderr = "PULUMI_COMMAND_STDERR"
)

// Recorder keeps the two output streams of one command, apart and in the order they came.
//
// A line of more than 64 KiB ([bufio.MaxScanTokenSize]) is never shown, nor is what follows it: nothing reads it, so
// the command waits for ever as soon as it writes it. So it is with the released plugin.
type Recorder struct {
	Stdout io.Writer
	Stderr io.Writer

	stdout, stderr bytes.Buffer
	all            shared
	lines          *io.PipeWriter
	shown          chan struct{}
}

// NewRecorder returns a recorder that gives each line of the streams that
// logging names to show. It fails if logging is none of its values.
func NewRecorder(logging *Logging, show func(line string)) (*Recorder, error) {
	stdout, stderr, err := logging.shown()
	if err != nil {
		return nil, err
	}
	reader, lines := io.Pipe()
	r := &Recorder{lines: lines, shown: make(chan struct{})}
	r.Stdout = r.stream(&r.stdout, stdout)
	r.Stderr = r.stream(&r.stderr, stderr)
	go func() {
		defer close(r.shown)
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			show(scanner.Text())
		}
	}()
	return r, nil
}

func (r *Recorder) stream(own *bytes.Buffer, shown bool) io.Writer {
	if shown {
		return io.MultiWriter(own, &r.all, r.lines)
	}
	return io.MultiWriter(own, &r.all)
}

// Close shows a last line that has no newline. Nothing may be written after it.
func (r *Recorder) Close() {
	_ = r.lines.Close()
	<-r.shown
}

// Texts returns all that was written to stdout and to stderr, each without one trailing newline, once it is closed.
func (r *Recorder) Texts() (stdout, stderr string) {
	return strings.TrimSuffix(r.stdout.String(), "\n"), strings.TrimSuffix(r.stderr.String(), "\n")
}

// Failure says that command ended with err, and what it had written until then.
func (r *Recorder) Failure(err error, command string) error {
	return fmt.Errorf("%w: running %q:\n%s", err, command, r.all.text.String())
}

// shared is what both streams are written to.
type shared struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.text.Write(b)
}
