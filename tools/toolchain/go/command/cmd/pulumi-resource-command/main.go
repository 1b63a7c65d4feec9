// Command pulumi-resource-command is the command provider as a plugin of the Pulumi engine.
package main

import (
	"context"
	"fmt"
	"os"

	"smarter-net/toolchain/command"
)

func main() {
	if err := command.Serve(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-command: %v\n", err)
		os.Exit(1)
	}
}
