// Command docker-schema prints the schema of the Docker provider as JSON.
//
// It is run once, when the provider is built: to make the schema takes longer
// than everything else that a provider does at its start.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"smarter-net/toolchain/docker"
)

func main() {
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	schema, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:    docker.Provider(),
		DiagnosticsSink: sink,
		XInMemoryDocs:   true,
	})
	if err != nil {
		log.Fatalf("docker-schema: %v", err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(schema.PackageSpec); err != nil {
		log.Fatalf("docker-schema: %v", err)
	}
}
