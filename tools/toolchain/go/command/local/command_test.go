package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pulumi/pulumi-go-provider/infer"

	"smarter-net/toolchain/command/stream"
)

func create(t *testing.T, in Inputs) (State, error) {
	t.Helper()
	response, err := (*Command)(nil).Create(t.Context(), infer.CreateRequest[Inputs]{Name: "test", Inputs: in})
	return response.Output, err
}

func update(t *testing.T, old State, in Inputs) (State, error) {
	t.Helper()
	response, err := (*Command)(nil).Update(t.Context(), infer.UpdateRequest[Inputs, State]{State: old, Inputs: in})
	return response.Output, err
}

func mustCreate(t *testing.T, in Inputs) State {
	t.Helper()
	state, err := create(t, in)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestCreateRecordsOutput(t *testing.T) {
	state := mustCreate(t, Inputs{Create: new("echo out; echo err >&2")})
	if state.Stdout != "out" || state.Stderr != "err" {
		t.Errorf("got %q and %q", state.Stdout, state.Stderr)
	}
}

func TestPreviewRunsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ran")
	in := Inputs{Create: new("touch " + file)}
	if _, err := (*Command)(nil).Create(t.Context(), infer.CreateRequest[Inputs]{Inputs: in, DryRun: true}); err != nil {
		t.Fatal(err)
	}
	_, err := (*Command)(nil).Update(t.Context(), infer.UpdateRequest[Inputs, State]{Inputs: in, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the command ran")
	}
}

func TestInputsReachTheCommand(t *testing.T) {
	dir := t.TempDir()
	state := mustCreate(t, Inputs{
		Create:      new(`cat; echo "$COLOUR $(pwd)"`),
		Stdin:       new("from stdin\n"),
		Dir:         new(dir),
		Environment: &map[string]string{"COLOUR": "blue"},
	})
	if want := "from stdin\nblue " + dir; state.Stdout != want {
		t.Errorf("got %q, want %q", state.Stdout, want)
	}
	state = mustCreate(t, Inputs{Create: new("hello"), Interpreter: &[]string{"printf", "%s there"}})
	if state.Stdout != "hello there" {
		t.Errorf("got %q", state.Stdout)
	}
}

func TestUpdateRunsUpdateElseCreate(t *testing.T) {
	old := mustCreate(t, Inputs{Create: new("echo created")})
	state, err := update(t, old, Inputs{Create: new("echo created"), Update: new("echo updated")})
	if err != nil || state.Stdout != "updated" {
		t.Errorf("got %q, %v", state.Stdout, err)
	}
	state, err = update(t, old, Inputs{Create: new("echo again")})
	if err != nil || state.Stdout != "again" {
		t.Errorf("got %q, %v", state.Stdout, err)
	}
	state, err = update(t, old, Inputs{})
	if err != nil || state.Stdout != "created" {
		t.Errorf("without a command: got %q, %v", state.Stdout, err)
	}
}

func TestTheOutputBeforeIsInTheEnvironment(t *testing.T) {
	old := mustCreate(t, Inputs{Create: new("echo before; echo problem >&2")})
	show := new("echo \"[$" + stream.PreviousStdout + "][$" + stream.PreviousStderr + "]\"")
	state, err := update(t, old, Inputs{Create: show})
	if err != nil || state.Stdout != "[before][problem]" {
		t.Errorf("got %q, %v", state.Stdout, err)
	}
	state, err = update(t, old, Inputs{Create: show, AddPreviousOutputInEnv: new(false)})
	if err != nil || state.Stdout != "[][]" {
		t.Errorf("turned off: got %q, %v", state.Stdout, err)
	}
}

func TestAFailureShowsCommandAndOutput(t *testing.T) {
	_, err := create(t, Inputs{Create: new("echo why; exit 3")})
	if err == nil || !strings.Contains(err.Error(), "exit status 3: running \"echo why; exit 3\":\nwhy\n") {
		t.Errorf("got %v", err)
	}
}

func TestDeleteRunsDelete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gone")
	state := State{Inputs: Inputs{Delete: new("cat >" + file), Stdin: new("bye")}}
	if _, err := (*Command)(nil).Delete(t.Context(), infer.DeleteRequest[State]{State: state}); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(file); string(content) != "bye" {
		t.Errorf("got %q", content)
	}
	if _, err := (*Command)(nil).Delete(t.Context(), infer.DeleteRequest[State]{}); err != nil {
		t.Errorf("without a command: %v", err)
	}
}

func TestACancelKillsTheShellAloneAndWaitsForWhatItStarted(t *testing.T) {
	dir := t.TempDir()
	started, ended := filepath.Join(dir, "started"), filepath.Join(dir, "ended")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		// Opens once the child has opened it too.
		_, _ = os.ReadFile(started)
		cancel()
	}()
	in := Inputs{Create: new("(echo >" + started + "; sleep 0.5; echo ended >" + ended + ") & wait")}
	_, err := (*Command)(nil).Create(ctx, infer.CreateRequest[Inputs]{Inputs: in})
	if err == nil || !strings.HasPrefix(err.Error(), "signal: killed: running ") {
		t.Errorf("got %v", err)
	}
	if content, _ := os.ReadFile(ended); string(content) != "ended\n" {
		t.Error("the run was over before what the shell had started")
	}
}
