package remote

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"smarter-net/toolchain/command/stream"
)

// Command is the resource command:remote:Command.
type Command struct{}

// Inputs of a [Command]. Any change runs Update, or Create where there is no Update.
type Inputs struct {
	Connection             *Connection        `pulumi:"connection" provider:"secret"`
	Create                 *string            `pulumi:"create,optional"`
	Update                 *string            `pulumi:"update,optional"`
	Delete                 *string            `pulumi:"delete,optional"`
	Triggers               *[]any             `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	Stdin                  *string            `pulumi:"stdin,optional"`
	Logging                *stream.Logging    `pulumi:"logging,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// State of a [Command]: its inputs and what the last run wrote, each without one trailing newline.
type State struct {
	Inputs
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate describes the inputs for the schema.
func (in *Inputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Connection, "The server to run on.")
	a.Describe(&in.Create, "The command to run on create.")
	a.Describe(&in.Update, "The command to run on update; create if there is none.")
	a.Describe(&in.Delete, "The command to run on delete.")
	a.Describe(&in.Triggers, "A change of one of these values replaces the resource.")
	a.Describe(&in.Environment, "Variables for the command; the server must accept each (AcceptEnv).")
	a.Describe(&in.Stdin, "What the command reads from its standard input.")
	a.Describe(&in.Logging, "Which output is shown while the command runs. Default: both.")
	a.Describe(&in.AddPreviousOutputInEnv, "Whether the output of the run before is in the environment. Default: true.")
}

// Create runs the create command. Nothing is recorded if it fails.
func (*Command) Create(ctx context.Context, req infer.CreateRequest[Inputs]) (infer.CreateResponse[State], error) {
	response := infer.CreateResponse[State]{Output: State{Inputs: req.Inputs}}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err != nil {
		return response, err
	}
	response.ID = id
	if !req.DryRun {
		err = response.Output.run(ctx, req.Inputs.Create)
	}
	return response, err
}

// Update runs the update command. The old state stays if it fails.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[Inputs, State],
) (infer.UpdateResponse[State], error) {
	state := State{Inputs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	var err error
	if !req.DryRun {
		command := req.Inputs.Update
		if command == nil {
			command = req.Inputs.Create
		}
		err = state.run(ctx, command)
	}
	return infer.UpdateResponse[State]{Output: state}, err
}

// Delete runs the delete command of the recorded state.
func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, req.State.run(ctx, req.State.Delete)
}

// run runs command, if there is one, and puts its output into the state.
func (s *State) run(ctx context.Context, command *string) error {
	if command == nil {
		return nil
	}
	logger := p.GetLogger(ctx)
	recorder, err := stream.NewRecorder(s.Logging, logger.InfoStatus)
	if err != nil {
		return err
	}
	client, err := s.Connection.Dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	err = s.execute(ctx, client, *command, recorder, logger.Warning)
	recorder.Close()
	if err != nil {
		return recorder.Failure(err, *command)
	}
	s.Stdout, s.Stderr = recorder.Stdout.Text(), recorder.Stderr.Text()
	return nil
}
