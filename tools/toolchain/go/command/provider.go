// Package command serves the part of the Pulumi command provider that the
// pulumi_command SDK, version [Version], needs for local.Command.
package command

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"smarter-net/toolchain/command/local"
)

const (
	// Name of the package, the first part of every token.
	Name = "command"
	// Version of the SDK that the tokens and names are those of.
	Version = "1.2.1"
)

// Provider returns the provider; an error is a mistake in this module's types.
//
// Tokens follow from Go's names: local.Command is command:local:Command.
func Provider() (p.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("Commands run as a part of a deployment").
		WithLicense("Apache-2.0").
		WithResources(infer.Resource(&local.Command{})).
		Build()
}
