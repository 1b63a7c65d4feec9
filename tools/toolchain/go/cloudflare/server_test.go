package cloudflare

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

const providerURN = "urn:pulumi:stack::project::pulumi:providers:cloudflare::name"

func serving(t *testing.T) server {
	t.Helper()
	provider, err := Provider()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := p.RawServer(Name, Version, provider)(nil)
	if err != nil {
		t.Fatal(err)
	}
	return server{inner}
}

func config(t *testing.T, token string) *structpb.Struct {
	t.Helper()
	made, err := structpb.NewStruct(map[string]any{"apiToken": token, "version": Version})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestNothingIsSaidUnderTheEnginesOwnName(t *testing.T) {
	response, err := serving(t).CheckConfig(t.Context(), &pulumirpc.CheckRequest{
		Urn: providerURN, News: config(t, "first"),
	})
	if _, said := response.GetInputs().GetFields()["__internal"]; err != nil || said {
		t.Errorf("got %v, %v", response, err)
	}
}

func TestANewTokenReplacesNothing(t *testing.T) {
	response, err := serving(t).DiffConfig(t.Context(), &pulumirpc.DiffRequest{
		Urn: providerURN, OldInputs: config(t, "first"), Olds: config(t, "first"), News: config(t, "second"),
	})
	if err != nil || response.GetChanges() != pulumirpc.DiffResponse_DIFF_SOME || len(response.GetReplaces()) != 0 {
		t.Fatalf("got %v, %v", response, err)
	}
	if kind := response.GetDetailedDiff()["apiToken"].GetKind(); kind != pulumirpc.PropertyDiff_UPDATE {
		t.Errorf("got %v", kind)
	}
}

func TestTheSameConfigurationIsNoChange(t *testing.T) {
	response, err := serving(t).DiffConfig(t.Context(), &pulumirpc.DiffRequest{
		Urn: providerURN, OldInputs: config(t, "first"), Olds: config(t, "first"), News: config(t, "first"),
	})
	if err != nil || response.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("got %v, %v", response, err)
	}
}
