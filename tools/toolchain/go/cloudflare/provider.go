// Package cloudflare serves the subset of the Pulumi Cloudflare provider that the
// pulumi_cloudflare SDK, version [Version], needs for address records.
package cloudflare

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

const (
	// Name of the package, the first part of every token.
	Name = "cloudflare"
	// Version of the SDK that the tokens and names are those of.
	Version = "6.23.1"
)

// Provider returns the provider; an error is a mistake in this module's types.
func Provider() (p.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("Cloudflare").
		WithDescription("DNS records at Cloudflare as a part of a deployment").
		WithLicense("Apache-2.0").
		WithConfig(infer.Config(Config{})).
		WithResources(infer.Resource(&DNSRecord{})).
		Build()
}
