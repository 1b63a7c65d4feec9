package local

import (
	"context"
	"os"
	"os/exec"
	"strings"

	"smarter-net/toolchain/command/stream"
)

// process describes the run of command; it is not started.
//
// As with the released plugin, to cancel it is to kill the shell alone: what the shell has started goes on, and the run
// ends when the last of it has closed its output.
func (s *State) process(ctx context.Context, command string, recorder *stream.Recorder) *exec.Cmd {
	arguments := []string{"/bin/sh", "-c"}
	if s.Interpreter != nil && len(*s.Interpreter) > 0 {
		arguments = append([]string{}, *s.Interpreter...)
	}
	arguments = append(arguments, command)

	process := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
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
