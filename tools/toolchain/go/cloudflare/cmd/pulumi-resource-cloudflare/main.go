// Command pulumi-resource-cloudflare is the Cloudflare provider as a plugin of the Pulumi engine.
package main

import (
	"context"
	"fmt"
	"os"

	"smarter-net/toolchain/cloudflare"
)

func main() {
	if err := cloudflare.Serve(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-cloudflare: %v\n", err)
		os.Exit(1)
	}
}
