package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"smarter-net/toolchain/command/internal/sshtest"
)

func copyTo(t *testing.T, in CopyInputs) error {
	t.Helper()
	_, err := (*CopyToRemote)(nil).Create(t.Context(), infer.CreateRequest[CopyInputs]{Name: "test", Inputs: in})
	return err
}

func text(t *testing.T, content string) types.AssetOrArchive {
	t.Helper()
	asset, err := resource.NewTextAsset(content)
	if err != nil {
		t.Fatal(err)
	}
	return types.AssetOrArchive{Asset: asset}
}

func expect(t *testing.T, content string, path ...string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(path...))
	if err != nil || string(got) != content {
		t.Errorf("got %q, %v, want %q", got, err, content)
	}
}

func TestATextBecomesAFile(t *testing.T) {
	folder := t.TempDir()
	in := CopyInputs{Connection: to(sshtest.Start(t)), Source: text(t, "hello"), RemotePath: filepath.Join(folder, "a")}
	if err := copyTo(t, in); err != nil {
		t.Fatal(err)
	}
	expect(t, "hello", folder, "a")

	in.RemotePath = folder
	if err := copyTo(t, in); err == nil || !strings.Contains(err.Error(), folder+": could not be created") {
		t.Errorf("onto a directory: got %v", err)
	}
}

func TestAFileGoesToAPathOrIntoADirectory(t *testing.T) {
	from, folder := filepath.Join(t.TempDir(), "file"), t.TempDir()
	if err := os.WriteFile(from, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	asset, err := resource.NewPathAsset(from)
	if err != nil {
		t.Fatal(err)
	}
	connection := to(sshtest.Start(t))
	for _, path := range []string{folder, filepath.Join(folder, "other")} {
		in := CopyInputs{Connection: connection, Source: types.AssetOrArchive{Asset: asset}, RemotePath: path}
		if err := copyTo(t, in); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "content", folder, "file")
	expect(t, "content", folder, "other")
}

func TestADirectoryIsCopiedWhole(t *testing.T) {
	from := filepath.Join(t.TempDir(), "tree")
	if err := os.MkdirAll(filepath.Join(from, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "sub", "leaf"), []byte("green"), 0o600); err != nil {
		t.Fatal(err)
	}
	connection := to(sshtest.Start(t))
	for _, source := range []string{from, from + "/"} {
		archive, err := resource.NewPathArchive(source)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "new")
		in := CopyInputs{Connection: connection, Source: types.AssetOrArchive{Archive: archive}, RemotePath: folder}
		// Twice: what is there already is no obstacle.
		for range 2 {
			if err := copyTo(t, in); err != nil {
				t.Fatal(err)
			}
		}
		if strings.HasSuffix(source, "/") {
			expect(t, "green", folder, "sub", "leaf")
		} else {
			expect(t, "green", folder, "tree", "sub", "leaf")
		}
	}
}

func TestOnlyNewContentOrPathIsCopied(t *testing.T) {
	server, folder := sshtest.Start(t), t.TempDir()
	old := CopyInputs{Connection: to(server), Source: text(t, "one"), RemotePath: filepath.Join(folder, "a")}
	steps := []struct {
		change func(*CopyInputs)
		copies int
	}{
		{func(in *CopyInputs) { in.Connection.PerDialTimeout = new(9) }, 0},
		{func(in *CopyInputs) { in.Source = text(t, "two") }, 1},
		{func(in *CopyInputs) { in.RemotePath = filepath.Join(folder, "b") }, 2},
	}
	for i, step := range steps {
		in := old
		step.change(&in)
		_, err := (*CopyToRemote)(nil).Update(t.Context(), infer.UpdateRequest[CopyInputs, CopyState]{
			State: CopyState{old}, Inputs: in,
		})
		if err != nil {
			t.Fatal(err)
		}
		if server.Connections() != step.copies {
			t.Errorf("step %d: %d copies, want %d", i, server.Connections(), step.copies)
		}
	}
}
