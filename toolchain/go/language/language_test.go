package language

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// project returns a project whose virtual environment has script for a Python.
func project(t *testing.T, environment, script string) *pulumirpc.ProgramInfo {
	t.Helper()
	root := t.TempDir()
	bin := filepath.Join(root, environment, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "python"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	configuration := []byte("home = /usr/bin\nversion_info = 3.13.1\n")
	if err := os.WriteFile(filepath.Join(root, environment, "pyvenv.cfg"), configuration, 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := structpb.NewStruct(map[string]any{"virtualenv": environment})
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.ProgramInfo{RootDirectory: root, ProgramDirectory: root, EntryPoint: ".", Options: options}
}

func run(t *testing.T, info *pulumirpc.ProgramInfo) *pulumirpc.RunResponse {
	t.Helper()
	response, err := NewHost("/executor", "engine:1").Run(t.Context(), &pulumirpc.RunRequest{
		Pwd: info.RootDirectory, Info: info, DryRun: true, Parallel: 4, Project: "p", Stack: "s",
		Config: map[string]string{"p:key": "value"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestOutcomes(t *testing.T) {
	cases := map[string]*pulumirpc.RunResponse{
		"exit 0":     {},
		"exit 1":     {Error: "Program exited with non-zero exit code: 1"},
		"exit 32":    {Bail: true},
		"kill -9 $$": {Error: "Program exited unexpectedly: signal: killed"},
	}
	for script, want := range cases {
		got := run(t, project(t, ".venv", script))
		if got.Error != want.Error || got.Bail != want.Bail {
			t.Errorf("%s: got %v, want %v", script, got, want)
		}
	}
}

func TestTheExecutorIsCalledAsTheSDKExpects(t *testing.T) {
	info := project(t, "env", `printf '%s\n' "$@" >arguments; env >variables; pwd >folder`)
	if got := run(t, info); got.Error != "" {
		t.Fatal(got.Error)
	}
	read := func(name string) []string {
		content, err := os.ReadFile(filepath.Join(info.RootDirectory, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(content)), "\n")
	}
	want := []string{
		"-u", "/executor", "--monitor", "", "--engine", "engine:1", "--project", "p", "--stack", "s",
		"--organization", "", "--root_directory", info.RootDirectory, "--pwd", info.RootDirectory,
		"--dry_run", "true", "--parallel", "4", "--", ".",
	}
	if got := read("arguments"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	variables := read("variables")
	environment := filepath.Join(info.RootDirectory, "env")
	for _, want := range []string{
		`PULUMI_CONFIG={"p:key":"value"}`, `PULUMI_CONFIG_SECRET_KEYS=[]`, "VIRTUAL_ENV=" + environment,
		"PATH=" + filepath.Join(environment, "bin") + ":" + os.Getenv("PATH"),
	} {
		if !slices.Contains(variables, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestAMissingEnvironmentIsExplained(t *testing.T) {
	got := run(t, &pulumirpc.ProgramInfo{RootDirectory: "/nowhere"})
	if want := "runtime.options.virtualenv: no Python in /nowhere/.venv; run `uv sync` first"; got.Error != want {
		t.Errorf("got %q", got.Error)
	}
}

func TestAbout(t *testing.T) {
	info := project(t, ".venv", "")
	about, err := NewHost("", "").About(t.Context(), &pulumirpc.AboutRequest{Info: info})
	if err != nil || about.Version != "3.13.1" || about.Executable != filepath.Join(info.RootDirectory, ".venv/bin/python") {
		t.Errorf("got %v, %v", about, err)
	}
}

func TestCancelEndsThePrograms(t *testing.T) {
	host := NewHost("", "")
	if _, err := host.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	info := project(t, ".venv", "exec sleep 60")
	got, err := host.Run(t.Context(), &pulumirpc.RunRequest{Pwd: info.RootDirectory, Info: info})
	if err != nil || got.Error == "" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPythonThatCannotStart(t *testing.T) {
	if got := outcome(exec.ErrNotFound); !strings.HasPrefix(got.Error, "Python could not be started") {
		t.Errorf("got %v", got)
	}
}
