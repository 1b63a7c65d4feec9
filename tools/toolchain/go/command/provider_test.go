package command_test

import (
	"strings"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"smarter-net/toolchain/command"
)

// engine returns the provider as the engine calls it.
func engine(t *testing.T) integration.Server {
	t.Helper()
	provider, err := command.Provider()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(
		t.Context(), command.Name, semver.MustParse(command.Version), integration.WithProvider(provider))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func urn(token tokens.Type) resource.URN {
	return resource.NewURN("stack", "project", "", token, "name")
}

func text(value string) property.Value { return property.New(value) }

func TestASecretInputStaysOneInTheState(t *testing.T) {
	const token = "command:local:Command"
	server := engine(t)
	inputs := property.NewMap(map[string]property.Value{
		"create": text("cat"), "stdin": text("hidden").WithSecret(true),
	})
	checked, err := server.Check(p.CheckRequest{Urn: urn(token), Inputs: inputs})
	if err != nil || len(checked.Failures) > 0 {
		t.Fatal(err, checked.Failures)
	}
	created, err := server.Create(p.CreateRequest{Urn: urn(token), Properties: checked.Inputs})
	if err != nil {
		t.Fatal(err)
	}
	if !created.Properties.Get("stdin").Secret() {
		t.Error("stdin is not secret")
	}
	if created.Properties.Get("stdout").AsString() != "hidden" {
		t.Errorf("got %v", created.Properties.Get("stdout"))
	}
}

func TestAnyChangeUpdates(t *testing.T) {
	const token = "command:local:Command"
	state := map[string]property.Value{
		"create": text("true"), "stdout": text("old output"), "stderr": text(""),
		"triggers": property.New([]property.Value{text("a")}),
	}
	inputs := func(name string, value property.Value) property.Map {
		changed := property.NewMap(state).Delete("stdout", "stderr")
		if name == "" {
			return changed
		}
		return changed.Set(name, value)
	}
	cases := []struct {
		inputs property.Map
		want   p.DiffKind
	}{
		{inputs("", property.Value{}), ""},
		{inputs("create", text("false")), p.Update},
		{inputs("delete", text("true")), p.Add},
		{inputs("stdin", text("x")), p.Add},
		// The SDK makes this a replacement, by replaceOnChanges.
		{inputs("triggers", property.New([]property.Value{text("b")})), p.Update},
	}
	server := engine(t)
	for _, c := range cases {
		diff, err := server.Diff(p.DiffRequest{Urn: urn(token), State: property.NewMap(state), Inputs: c.inputs})
		if err != nil {
			t.Fatal(err)
		}
		var got p.DiffKind
		for _, change := range diff.DetailedDiff {
			got = change.Kind
		}
		if got != c.want || diff.HasChanges != (c.want != "") {
			t.Errorf("%v: got %q, want %q", c.inputs, got, c.want)
		}
	}
}

func TestAFailingUpdateKeepsTheOldState(t *testing.T) {
	const token = "command:local:Command"
	state := property.NewMap(map[string]property.Value{"create": text("true"), "stdout": text(""), "stderr": text("")})
	updated, err := engine(t).Update(p.UpdateRequest{
		Urn: urn(token), ID: "id", State: state,
		Inputs: property.NewMap(map[string]property.Value{"create": text("exit 4")}),
	})
	if err == nil || !strings.Contains(err.Error(), "exit status 4") || updated.PartialState != nil {
		t.Errorf("got %v, %v", err, updated.PartialState)
	}
}

func TestAFailingCreateIsNotRecorded(t *testing.T) {
	created, err := engine(t).Create(p.CreateRequest{
		Urn:        urn("command:local:Command"),
		Properties: property.NewMap(map[string]property.Value{"create": text("exit 4")}),
	})
	if err == nil || created.ID != "" || created.PartialState != nil {
		t.Errorf("got %q, %v, %v", created.ID, err, created.PartialState)
	}
}

func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	checked, err := engine(t).Check(p.CheckRequest{
		Urn: urn("command:local:Command"),
		Inputs: property.NewMap(map[string]property.Value{
			"assetPaths": property.New([]property.Value{text("*.txt")}),
		}),
	})
	if err == nil && len(checked.Failures) == 0 {
		t.Error("assetPaths is accepted, though nothing comes of it")
	}
}
