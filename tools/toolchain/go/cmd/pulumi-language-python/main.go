// Command pulumi-language-python is the Python language host as a plugin of the Pulumi engine.
//
// The engine starts it with its own address as the last argument, and reads the port it listens on from its output.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"smarter-net/toolchain/language"
)

// engineCheckInterval is how often the host looks whether the engine still lives; without it, it ends.
const engineCheckInterval = 5 * time.Second

func main() {
	if err := serve(); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-python: %v\n", err)
		os.Exit(1)
	}
}

func serve() error {
	if len(os.Args) < 2 {
		return fmt.Errorf("the engine's address is missing; this program is started by `pulumi`")
	}
	engine := os.Args[len(os.Args)-1]
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// As in Pulumi's releases, the SDK's executor lies beside the host.
	executor := filepath.Join(filepath.Dir(self), "pulumi-language-python-exec")

	// The engine interrupts its plugins at the end of a run. Asked for here, that also ends a host whose parents ignore
	// it, as everything does that a script starts in the background.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ended := make(chan bool)
	context.AfterFunc(ctx, func() { close(ended) })
	if err := rpcutil.Healthcheck(ctx, engine, engineCheckInterval, cancel); err != nil {
		return err
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: ended,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, language.NewHost(executor, engine))
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d\n", handle.Port)
	return <-handle.Done
}
