package command

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestNothingIsSaidUnderTheEnginesOwnName(t *testing.T) {
	provider, err := Provider()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := p.RawServer(Name, Version, provider)(nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server{inner}.CheckConfig(t.Context(), &pulumirpc.CheckRequest{
		Urn: "urn:pulumi:stack::project::pulumi:providers:command::name",
	})
	if err != nil || len(response.GetInputs().GetFields()) != 0 {
		t.Errorf("got %v, %v", response, err)
	}
}
