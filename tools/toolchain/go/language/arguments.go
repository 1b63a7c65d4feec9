package language

import (
	"encoding/json"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// arguments returns those of the interpreter: the executor, its options, the program.
func (h *Host) arguments(req *pulumirpc.RunRequest) []string {
	arguments := []string{
		h.executor,
		"--monitor", req.GetMonitorAddress(),
		"--engine", h.engine,
		"--project", req.GetProject(),
		"--stack", req.GetStack(),
		"--organization", req.GetOrganization(),
		"--root_directory", req.GetInfo().GetRootDirectory(),
		"--pwd", req.GetPwd(),
		"--dry_run", strconv.FormatBool(req.GetDryRun()),
		"--parallel", strconv.Itoa(int(req.GetParallel())),
		"--", req.GetInfo().GetEntryPoint(),
	}
	return append(arguments, req.GetArgs()...)
}

// configurationVariables returns, as NAME=value, the stack's configuration in the form the SDK reads it.
// Environment variables, other than arguments, are not shown to other users of the machine.
func configurationVariables(req *pulumirpc.RunRequest) ([]string, error) {
	values, err := json.Marshal(orEmpty(req.GetConfig(), map[string]string{}))
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(orEmpty(req.GetConfigSecretKeys(), []string{}))
	if err != nil {
		return nil, err
	}
	return []string{
		"PULUMI_CONFIG=" + string(values),
		"PULUMI_CONFIG_SECRET_KEYS=" + string(secretKeys),
	}, nil
}

// orEmpty keeps a missing map or list from being written as null.
func orEmpty[T map[string]string | []string](value, empty T) T {
	if value == nil {
		return empty
	}
	return value
}
