// Package local runs commands on the machine that the engine runs on.
package local

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"smarter-net/toolchain/command/stream"
)

// Command is the resource command:local:Command.
type Command struct{}

// Inputs of a [Command]. Any change runs Update, or Create where there is no Update.
type Inputs struct {
	Create                 *string            `pulumi:"create,optional"`
	Update                 *string            `pulumi:"update,optional"`
	Delete                 *string            `pulumi:"delete,optional"`
	Triggers               *[]any             `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Interpreter            *[]string          `pulumi:"interpreter,optional"`
	Dir                    *string            `pulumi:"dir,optional"`
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
	a.Describe(&in.Create, "The command to run on create.")
	a.Describe(&in.Update, "The command to run on update; create if there is none.")
	a.Describe(&in.Delete, "The command to run on delete.")
	a.Describe(&in.Triggers, "A change of one of these values replaces the resource.")
	a.Describe(&in.Interpreter, "The program and arguments to run the command with. Default: /bin/sh -c.")
	a.Describe(&in.Dir, "The directory to run the command in. Default: that of the program.")
	a.Describe(&in.Environment, "Variables added to the environment of the engine.")
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
	recorder, err := stream.NewRecorder(s.Logging, p.GetLogger(ctx).InfoStatus)
	if err != nil {
		return err
	}
	err = s.process(ctx, *command, recorder).Run()
	recorder.Close()
	if err != nil {
		return recorder.Failure(err, *command)
	}
	s.Stdout, s.Stderr = recorder.Texts()
	return nil
}
