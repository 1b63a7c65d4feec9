package remote

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"smarter-net/toolchain/command/internal/sshtest"
	"smarter-net/toolchain/command/stream"
)

func TestCreateRecordsOutput(t *testing.T) {
	server := sshtest.Start(t)
	state := mustCreate(t, Inputs{Connection: to(server), Create: new("cat; echo err >&2"), Stdin: new("in\n")})
	if state.Stdout != "in" || state.Stderr != "err" {
		t.Errorf("got %q and %q", state.Stdout, state.Stderr)
	}
}

func TestPreviewConnectsNowhere(t *testing.T) {
	server := sshtest.Start(t)
	in := Inputs{Connection: to(server), Create: new("true")}
	if _, err := (*Command)(nil).Create(t.Context(), infer.CreateRequest[Inputs]{Inputs: in, DryRun: true}); err != nil {
		t.Fatal(err)
	}
	if server.Connections() != 0 {
		t.Errorf("%d connections", server.Connections())
	}
}

func TestUpdateRunsUpdateElseCreate(t *testing.T) {
	connection := to(sshtest.Start(t))
	old := mustCreate(t, Inputs{Connection: connection, Create: new("echo created")})
	state, err := update(t, old, Inputs{Connection: connection, Create: new("x"), Update: new("echo updated")})
	if err != nil || state.Stdout != "updated" {
		t.Errorf("got %q, %v", state.Stdout, err)
	}
	state, err = update(t, old, Inputs{Connection: connection, Create: new("echo again")})
	if err != nil || state.Stdout != "again" {
		t.Errorf("got %q, %v", state.Stdout, err)
	}
}

func TestAFailureShowsCommandAndOutput(t *testing.T) {
	_, err := create(t, Inputs{Connection: to(sshtest.Start(t)), Create: new("echo why; exit 3")})
	if err == nil || !strings.Contains(err.Error(), "status 3: running \"echo why; exit 3\":\nwhy\n") {
		t.Errorf("got %v", err)
	}
}

func TestVariablesMustBeAccepted(t *testing.T) {
	server := sshtest.Start(t, func(s *sshtest.Server) { s.AcceptEnv = []string{"COLOUR"} })
	in := Inputs{Connection: to(server), Create: new("echo $COLOUR"), Environment: &map[string]string{"COLOUR": "blue"}}
	if state := mustCreate(t, in); state.Stdout != "blue" {
		t.Errorf("got %q", state.Stdout)
	}
	in.Environment = &map[string]string{"SIZE": "big"}
	if _, err := create(t, in); err == nil || !strings.Contains(err.Error(), "environment.SIZE: could not be set") {
		t.Errorf("got %v", err)
	}
}

func TestTheOutputBeforeIsInTheEnvironmentIfAccepted(t *testing.T) {
	show := new("echo \"[$" + stream.PreviousStdout + "]\"")
	for want, accepted := range map[string][]string{"[before]": {stream.PreviousStdout}, "[]": nil} {
		connection := to(sshtest.Start(t, func(s *sshtest.Server) { s.AcceptEnv = accepted }))
		old := mustCreate(t, Inputs{Connection: connection, Create: new("echo before")})
		state, err := update(t, old, Inputs{Connection: connection, Create: show})
		if err != nil || state.Stdout != want {
			t.Errorf("got %q, %v, want %q", state.Stdout, err, want)
		}
	}
}

func TestDeleteRunsDelete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gone")
	state := State{Inputs: Inputs{Connection: to(sshtest.Start(t)), Delete: new("touch " + file)}}
	if _, err := (*Command)(nil).Delete(t.Context(), infer.DeleteRequest[State]{State: state}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestCancelEndsTheCommand(t *testing.T) {
	server := sshtest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	in := Inputs{Connection: to(server), Create: new("sleep 60")}
	started := time.Now()
	_, err := (*Command)(nil).Create(ctx, infer.CreateRequest[Inputs]{Inputs: in})
	if err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if signal := <-server.Signals(); signal != "TERM" {
		t.Errorf("got %q", signal)
	}
}
