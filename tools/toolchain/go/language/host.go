// Package language is a Python language host: it runs Pulumi programs with the
// interpreter of the project's own virtual environment.
//
// The environment is kept up to date by the SDK's own code, which calls uv, and
// the program is run by the SDK's own executor, both as by the released host.
// Unlike that one it knows no type checker, no debugger and no `pulumi install`.
package language

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// patience is how long a program that was interrupted has to end.
const patience = 5 * time.Second

// shownByProgram is the exit code with which the executor says that it has told the user why.
const shownByProgram = 32

// Host answers the engine. Its zero value is not usable; see [NewHost].
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engine   string
	executor string
	stopped  context.Context
	stop     context.CancelFunc
}

// NewHost returns a host that runs programs with the file executor and
// connects them to the engine at the given address.
func NewHost(executor, engine string) *Host {
	stopped, stop := context.WithCancel(context.Background())
	return &Host{engine: engine, executor: executor, stopped: stopped, stop: stop}
}

// Handshake has nothing to agree on.
func (*Host) Handshake(
	context.Context, *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo says nothing of a version: the SDK's and the engine's count.
func (*Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

// About names the interpreter that programs run with.
func (*Host) About(ctx context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	python, err := python(req.GetInfo())
	if err != nil {
		return nil, err
	}
	about, err := python.About(ctx)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{Executable: about.PythonExecutable, Version: about.PythonVersion.String()}, nil
}

// Cancel interrupts the programs that run.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.stop()
	return &emptypb.Empty{}, nil
}

// Run runs a program to its end. A program that fails is not an error of the
// call: the response then holds what to show, or that all was shown already.
//
// A program is interrupted, as by Ctrl-C, when it is cancelled or the call ends,
// which it does when a resource fails. After [patience] it is killed.
func (h *Host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	configuration, err := configurationVariables(req)
	if err != nil {
		return nil, err
	}
	python, err := python(req.GetInfo())
	if err != nil {
		return nil, err
	}
	if err := python.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.stopped, cancel)()

	program, err := python.Command(ctx, h.arguments(req)...)
	if err != nil {
		return nil, err
	}
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	program.WaitDelay = patience
	program.Env = append(program.Env, configuration...)
	// The engine shows what plugins write.
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	return outcome(program.Run()), nil
}

// outcome translates how the executor ended.
func outcome(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case !errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Python could not be started: %v", err)}
	case exit.ExitCode() == shownByProgram:
		return &pulumirpc.RunResponse{Bail: true}
	}
	// A signal is -1.
	return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with non-zero exit code: %d", exit.ExitCode())}
}
