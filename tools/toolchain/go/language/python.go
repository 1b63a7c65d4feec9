package language

import (
	"fmt"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// python returns how programs are run where Pulumi.yaml's `runtime.options` say so: by uv, or by what pip has installed.
// The rules are the SDK's own, as in the released language host.
func python(info *pulumirpc.ProgramInfo) (toolchain.Toolchain, error) {
	options := toolchain.PythonOptions{
		Root:       info.GetRootDirectory(),
		ProgramDir: info.GetProgramDirectory(),
	}
	for key, value := range info.GetOptions().AsMap() {
		text, _ := value.(string)
		switch {
		case key == "virtualenv" && text != "":
			options.Virtualenv = text
		case key == "toolchain" && text == "uv":
			options.Toolchain = toolchain.Uv
		case key == "toolchain" && text == "pip":
			options.Toolchain = toolchain.Pip
		default:
			return nil, fmt.Errorf("runtime.options.%s: %v is not what this language host knows; "+
				"it knows toolchain (uv, pip) and virtualenv", key, value)
		}
	}
	return toolchain.ResolveToolchain(options)
}
