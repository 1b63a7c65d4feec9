// Package stream records what a command writes and shows it line by line while the command runs.
package stream

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// Names of the variables that hand a command the output of the run before it.
const (
	PreviousStdout = "PULUMI_COMMAND_STDOUT"
	PreviousStderr = "PULUMI_COMMAND_STDERR"
)

// Recorder keeps the two output streams of one command, apart and in the order they came.
type Recorder struct {
	Stdout *Writer
	Stderr *Writer

	lock sync.Mutex
	all  bytes.Buffer
}

// NewRecorder returns a recorder that gives each line of the streams that
// logging names to show. It fails if logging is none of its values.
func NewRecorder(logging *Logging, show func(line string)) (*Recorder, error) {
	stdout, stderr, err := logging.shown()
	if err != nil {
		return nil, err
	}
	r := &Recorder{}
	r.Stdout = &Writer{recorder: r}
	r.Stderr = &Writer{recorder: r}
	if stdout {
		r.Stdout.show = show
	}
	if stderr {
		r.Stderr.show = show
	}
	return r, nil
}

// Close shows a last line that has no newline. Nothing may be written after it.
func (r *Recorder) Close() {
	r.Stdout.flush()
	r.Stderr.flush()
}

// Failure says that command ended with err, and what it had written until then.
func (r *Recorder) Failure(err error, command string) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	return fmt.Errorf("%w: running %q:\n%s", err, command, r.all.String())
}

// Writer is one stream of a [Recorder].
type Writer struct {
	recorder *Recorder
	show     func(line string)
	text     bytes.Buffer
	// shown counts the bytes of text that were shown, always whole lines.
	shown int
}

// Write never fails.
func (w *Writer) Write(b []byte) (int, error) {
	w.recorder.lock.Lock()
	defer w.recorder.lock.Unlock()
	w.text.Write(b)
	w.recorder.all.Write(b)
	if w.show == nil {
		return len(b), nil
	}
	for {
		line, _, complete := bytes.Cut(w.text.Bytes()[w.shown:], []byte("\n"))
		if !complete {
			return len(b), nil
		}
		w.shown += len(line) + 1
		w.show(strings.TrimSuffix(string(line), "\r"))
	}
}

// Text returns all that was written, without one trailing newline.
func (w *Writer) Text() string {
	w.recorder.lock.Lock()
	defer w.recorder.lock.Unlock()
	return strings.TrimSuffix(w.text.String(), "\n")
}

func (w *Writer) flush() {
	w.recorder.lock.Lock()
	defer w.recorder.lock.Unlock()
	rest := w.text.Bytes()[w.shown:]
	if w.show != nil && len(rest) > 0 {
		w.shown += len(rest)
		w.show(string(rest))
	}
}
