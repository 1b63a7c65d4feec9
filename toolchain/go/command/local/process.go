package local

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"smarter-net/toolchain/command/stream"
)

// grace is how long a cancelled command has between SIGTERM and SIGKILL, as with `docker stop`.
const grace = 10 * time.Second

// process describes the run of command; it is not started.
func (s *State) process(command string, recorder *stream.Recorder) *exec.Cmd {
	arguments := []string{"/bin/sh", "-c"}
	if s.Interpreter != nil && len(*s.Interpreter) > 0 {
		arguments = append([]string{}, *s.Interpreter...)
	}
	arguments = append(arguments, command)

	process := exec.Command(arguments[0], arguments[1:]...)
	process.Stdout, process.Stderr = recorder.Stdout, recorder.Stderr
	process.Env = append(os.Environ(), s.variables()...)
	if s.Dir != nil {
		process.Dir = *s.Dir
	}
	if s.Stdin != nil {
		process.Stdin = strings.NewReader(*s.Stdin)
	}
	return process
}

// variables returns what the command's environment has over the engine's, as NAME=value.
func (s *State) variables() []string {
	var variables []string
	if s.Environment != nil {
		for name, value := range *s.Environment {
			variables = append(variables, name+"="+value)
		}
	}
	if s.AddPreviousOutputInEnv == nil || *s.AddPreviousOutputInEnv {
		if s.Stdout != "" {
			variables = append(variables, stream.PreviousStdout+"="+s.Stdout)
		}
		if s.Stderr != "" {
			variables = append(variables, stream.PreviousStderr+"="+s.Stderr)
		}
	}
	return variables
}

// execute runs process and waits for its end. When ctx is cancelled it ends
// the process and all that it has started.
func execute(ctx context.Context, process *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := process.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		// A negative number is the process group.
		_ = syscall.Kill(-process.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(grace):
			_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
		}
	}()
	err := process.Wait()
	close(ended)
	<-stopped
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
