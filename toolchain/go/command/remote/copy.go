package remote

import (
	"context"
	"fmt"

	"github.com/pkg/sftp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// CopyToRemote is the resource command:remote:CopyToRemote. It has no delete: what was copied stays.
type CopyToRemote struct{}

// CopyInputs of a [CopyToRemote].
type CopyInputs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
}

// CopyState of a [CopyToRemote] is what it was given.
type CopyState struct {
	CopyInputs
}

// Annotate describes the inputs for the schema.
func (in *CopyInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Connection, "The server to copy to.")
	a.Describe(&in.Source, "A file, a text, or a file archive, which may be a directory.")
	a.Describe(&in.RemotePath, "Where the copy goes on the server.")
	a.Describe(&in.Triggers, "A change of one of these values copies again.")
}

// Check refuses a source that cannot be copied.
func (*CopyToRemote) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CopyInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CopyInputs](ctx, req.NewInputs)
	response := infer.CheckResponse[CopyInputs]{Inputs: inputs, Failures: failures}
	if err != nil || len(failures) > 0 || hasUnknown(req.NewInputs, "source") {
		return response, err
	}
	asset, archive := inputs.Source.Asset, inputs.Source.Archive
	switch {
	case asset == nil && archive == nil:
		response.Failures = append(response.Failures, p.CheckFailure{
			Property: "source", Reason: "must be an asset or an archive",
		})
	case archive != nil && !archive.IsPath():
		response.Failures = append(response.Failures, p.CheckFailure{
			Property: "source", Reason: "an archive must be a FileArchive, the path of a file or directory",
		})
	}
	return response, nil
}

func hasUnknown(inputs property.Map, name string) bool {
	return inputs.Get(name).HasComputed()
}

// Create copies. Nothing is recorded if it fails.
func (*CopyToRemote) Create(
	ctx context.Context, req infer.CreateRequest[CopyInputs],
) (infer.CreateResponse[CopyState], error) {
	response := infer.CreateResponse[CopyState]{Output: CopyState{req.Inputs}}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err != nil {
		return response, err
	}
	response.ID = id
	if !req.DryRun {
		err = req.Inputs.copy(ctx)
	}
	return response, err
}

// Update copies if the content or the path changed; a new connection alone copies nothing.
func (*CopyToRemote) Update(
	ctx context.Context, req infer.UpdateRequest[CopyInputs, CopyState],
) (infer.UpdateResponse[CopyState], error) {
	response := infer.UpdateResponse[CopyState]{Output: CopyState{req.Inputs}}
	same := req.Inputs.hash() == req.State.hash() && req.Inputs.RemotePath == req.State.RemotePath
	if req.DryRun || same {
		return response, nil
	}
	return response, req.Inputs.copy(ctx)
}

// hash tells one content from another; it is empty while the content is unknown.
func (in *CopyInputs) hash() string {
	switch {
	case in.Source.Asset != nil:
		return in.Source.Asset.Hash
	case in.Source.Archive != nil:
		return in.Source.Archive.Hash
	}
	return ""
}

func (in *CopyInputs) copy(ctx context.Context) error {
	client, err := in.Connection.Dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	stop := context.AfterFunc(ctx, client.Close)
	defer stop()

	files, err := sftp.NewClient(client.Client)
	if err != nil {
		return fmt.Errorf("sftp: %w; the server must offer the sftp subsystem", err)
	}
	defer func() { _ = files.Close() }()

	if in.Source.Archive != nil {
		return copyPath(files, in.Source.Archive.Path, in.RemotePath)
	}
	if in.Source.Asset.IsPath() {
		return copyPath(files, in.Source.Asset.Path, in.RemotePath)
	}
	content, err := in.Source.Asset.Read()
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	defer func() { _ = content.Close() }()
	return writeFile(files, content, in.RemotePath)
}
