// Package language is a Python language host: it runs Pulumi programs with the
// interpreter of the project's own virtual environment.
//
// The program is run by the executor of the Pulumi SDK itself, as by the
// released language host, so what a user sees of a program is the same. Unlike
// that one it never runs `uv sync`, a type checker or `pulumi install`.
package language

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

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

// GetRequiredPackages names none: each resource says which plugin it needs.
func (*Host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// About names the interpreter that programs run with.
func (*Host) About(_ context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	environment, err := findEnvironment(req.GetInfo())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{Executable: environment.python(), Version: environment.version()}, nil
}

// Cancel ends the programs that run.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.stop()
	return &emptypb.Empty{}, nil
}

// Run runs a program to its end. A program that fails is not an error of the
// call: the response then holds what to show, or that all was shown already.
func (h *Host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	environment, err := findEnvironment(req.GetInfo())
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	configuration, err := configurationVariables(req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.stopped, cancel)()

	program := exec.CommandContext(ctx, environment.python(), h.arguments(req)...)
	program.Dir = req.GetPwd()
	program.Env = append(environment.variables(os.Environ()), configuration...)
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
	case exit.ExitCode() < 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited unexpectedly: %v", exit)}
	}
	return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode())}
}
