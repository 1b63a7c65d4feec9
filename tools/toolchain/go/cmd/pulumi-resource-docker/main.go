// Command pulumi-resource-docker is the Docker provider as a plugin of the Pulumi engine.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	"smarter-net/toolchain/docker"
)

// schema is empty in the source tree; the build lays the output of
// docker-schema over it.
//
//go:embed schema.json
var schema []byte

func main() {
	tfbridge.Main(docker.Name, docker.Version, docker.Provider(), schema)
}
