package cloudflare

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	host "github.com/pulumi/pulumi/pkg/v3/resource/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// server is the provider as the engine calls it.
type server struct {
	pulumirpc.ResourceProviderServer
}

// Serve answers the engine that has started this process, until that ends it.
func Serve(ctx context.Context) error {
	provider, err := Provider()
	if err != nil {
		return err
	}
	return host.MainContext(ctx, Name, func(client *host.HostClient) (pulumirpc.ResourceProviderServer, error) {
		inner, err := p.RawServer(Name, Version, provider)(client)
		return server{inner}, err
	})
}

// CheckConfig drops what the framework notes about itself under a name that
// the engine has for its own use: the engine would warn of it on each run.
func (s server) CheckConfig(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	response, err := s.ResourceProviderServer.CheckConfig(ctx, req)
	delete(response.GetInputs().GetFields(), "__internal")
	return response, err
}

// DiffConfig lets a new token or address be an update, for the framework it
// replaces the provider, and with it every record. The plugin's version, which
// the engine puts beside the configuration, is no part of it.
func (s server) DiffConfig(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	delete(req.GetNews().GetFields(), "version")
	response, err := s.ResourceProviderServer.DiffConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	response.Replaces, response.DeleteBeforeReplace = nil, false
	for _, property := range response.GetDetailedDiff() {
		switch property.GetKind() {
		case pulumirpc.PropertyDiff_ADD_REPLACE:
			property.Kind = pulumirpc.PropertyDiff_ADD
		case pulumirpc.PropertyDiff_DELETE_REPLACE:
			property.Kind = pulumirpc.PropertyDiff_DELETE
		case pulumirpc.PropertyDiff_UPDATE_REPLACE:
			property.Kind = pulumirpc.PropertyDiff_UPDATE
		}
	}
	return response, nil
}
