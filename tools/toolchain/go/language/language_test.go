package language

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

const lock = `
version = 1
[[package]]
name = "pulumi-docker"
version = "5.2.0"
[[package]]
name = "pulumi-command"
version = "1.2.1"
[[package]]
name = "httpx"
version = "0.28.1"
[[package]]
name = "smarter-net"
version = "1"
source = { virtual = "." }
`

// project returns a project that uv keeps, whose virtual environment has script for a Python. What uv is asked for is
// written to uv-calls in its folder.
func project(t *testing.T, environment, script string) *pulumirpc.ProgramInfo {
	t.Helper()
	root := t.TempDir()
	write := func(name string, mode os.FileMode, content string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(environment, "bin/python"), 0o700, "#!/bin/sh\n"+script)
	write("uv.lock", 0o600, lock)
	write("pyproject.toml", 0o600, "[project]\nname = \"smarter-net\"\n")
	write("tools/uv", 0o700, "#!/bin/sh\necho \"$@\" >>"+root+"/uv-calls\necho uv 0.13.9\n")
	t.Setenv("PATH", filepath.Join(root, "tools")+":"+os.Getenv("PATH"))
	options, err := structpb.NewStruct(map[string]any{"toolchain": "uv", "virtualenv": environment})
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

func lines(t *testing.T, info *pulumirpc.ProgramInfo, name string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(info.RootDirectory, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

func TestOutcomes(t *testing.T) {
	cases := map[string]*pulumirpc.RunResponse{
		"exit 0":     {},
		"exit 1":     {Error: "program exited with non-zero exit code: 1"},
		"exit 32":    {Bail: true},
		"kill -9 $$": {Error: "program exited with non-zero exit code: -1"},
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
	want := []string{
		"/executor", "--monitor", "", "--engine", "engine:1", "--project", "p", "--stack", "s",
		"--organization", "", "--root_directory", info.RootDirectory, "--pwd", info.RootDirectory,
		"--dry_run", "true", "--parallel", "4", "--", ".",
	}
	if got := lines(t, info, "arguments"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	variables := lines(t, info, "variables")
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

func TestUvSyncsBeforeEachCallOfPython(t *testing.T) {
	info := project(t, ".venv", `case $1 in -c) echo '{}' ;; esac`)
	if _, err := NewHost("", "").GetRequiredPackages(
		t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: info}); err != nil {
		t.Fatal(err)
	}
	run(t, info)
	syncs := 0
	for _, call := range lines(t, info, "uv-calls") {
		if call == "sync --inexact" {
			syncs++
		}
	}
	// To ask for the version, to look for plugins, to run the program.
	if syncs != 3 {
		t.Errorf("uv syncs %d times, want 3", syncs)
	}
}

func TestEachLockedPackageAsksForItsPlugin(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "pulumi-plugin.json")
	content := []byte(`{"resource": true, "name": "command", "version": "1.2.1"}`)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	info := project(t, ".venv", fmt.Sprintf(`case $1 in -c) echo '{"pulumi-command": %q}' ;; esac`, file))
	response, err := NewHost("", "").GetRequiredPackages(
		t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: info})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, required := range response.Packages {
		got = append(got, required.Kind+" "+required.Name+" "+required.Version)
	}
	slices.Sort(got)
	if want := []string{"resource command v1.2.1", "resource docker v5.2.0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAMissingEnvironmentIsAnError(t *testing.T) {
	info := project(t, ".venv", "")
	if err := os.RemoveAll(filepath.Join(info.RootDirectory, ".venv")); err != nil {
		t.Fatal(err)
	}
	_, err := NewHost("", "").Run(t.Context(), &pulumirpc.RunRequest{Info: info})
	if err == nil || !strings.Contains(err.Error(), "is not a virtualenv") {
		t.Errorf("got %v", err)
	}
}

func TestAnOptionThatIsNotKnownIsRefused(t *testing.T) {
	options, err := structpb.NewStruct(map[string]any{"typechecker": "mypy"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewHost("", "").Run(t.Context(), &pulumirpc.RunRequest{Info: &pulumirpc.ProgramInfo{Options: options}})
	if err == nil || !strings.Contains(err.Error(), "runtime.options.typechecker: mypy is not") {
		t.Errorf("got %v", err)
	}
}

func TestAbout(t *testing.T) {
	info := project(t, ".venv", `case $1 in -c) echo /the/python ;; --version) echo Python 3.13.1 ;; esac`)
	about, err := NewHost("", "").About(t.Context(), &pulumirpc.AboutRequest{Info: info})
	if err != nil || about.Version != "3.13.1" || about.Executable != "/the/python" {
		t.Errorf("got %v, %v", about, err)
	}
}

func TestAProgramIsInterrupted(t *testing.T) {
	cases := map[string]func(*testing.T, *Host, context.CancelFunc){
		"by a cancel": func(t *testing.T, host *Host, _ context.CancelFunc) {
			if _, err := host.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
				t.Error(err)
			}
		},
		"by the end of the call": func(_ *testing.T, _ *Host, end context.CancelFunc) { end() },
	}
	for name, interrupt := range cases {
		t.Run(name, func(t *testing.T) {
			info := project(t, ".venv", "trap 'echo interrupted >how; exit 1' INT\necho >ready\nwhile :; do sleep 0.05; done")
			ready := filepath.Join(info.RootDirectory, "ready")
			if err := syscall.Mkfifo(ready, 0o600); err != nil {
				t.Fatal(err)
			}
			host := NewHost("", "")
			ctx, end := context.WithCancel(t.Context())
			defer end()
			go func() {
				// Opens once the program has opened it too.
				_, _ = os.ReadFile(ready)
				interrupt(t, host, end)
			}()
			got, err := host.Run(ctx, &pulumirpc.RunRequest{Pwd: info.RootDirectory, Info: info})
			if err != nil || got.Error == "" {
				t.Errorf("got %v, %v", got, err)
			}
			if how := lines(t, info, "how"); !slices.Equal(how, []string{"interrupted"}) {
				t.Errorf("got %q", how)
			}
		})
	}
}

func TestPythonThatCannotStart(t *testing.T) {
	if got := outcome(exec.ErrNotFound); !strings.HasPrefix(got.Error, "Python could not be started") {
		t.Errorf("got %v", got)
	}
}
