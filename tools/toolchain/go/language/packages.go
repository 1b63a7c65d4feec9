package language

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// findPluginFiles prints, as JSON, where each package that is named by an argument keeps its pulumi-plugin.json.
const findPluginFiles = `
import importlib.metadata, importlib.util, json, pathlib, sys
found = {}
for name in sys.argv[1:]:
    try:
        module = importlib.metadata.metadata(name)["Name"].replace("-", "_")
        spec = importlib.util.find_spec(module)
    except Exception:
        continue
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = pathlib.Path(folder, "pulumi-plugin.json")
        if file.is_file():
            found.setdefault(name, str(file))
print(json.dumps(found))
`

// GetRequiredPackages names the plugin of every package that is locked, whether the program uses it or not.
func (*Host) GetRequiredPackages(
	ctx context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	python, err := python(req.GetInfo())
	if err != nil {
		return nil, err
	}
	folder := req.GetInfo().GetProgramDirectory()
	if err := python.EnsureVenv(ctx, folder, false, true, os.Stderr, os.Stderr); err != nil {
		return nil, err
	}
	// The released one looks whether Python is too old, which brings the environment up to date once more.
	version, err := python.Command(ctx, "--version")
	if err != nil {
		return nil, err
	}
	if err := version.Run(); err != nil {
		return nil, fmt.Errorf("python --version: %w", err)
	}
	installed, err := python.ListPackages(ctx, true)
	if err != nil {
		return nil, err
	}
	files, err := pluginFiles(ctx, python, installed)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, one := range installed {
		required, err := requirement(one, files[one.Name])
		if err != nil {
			return nil, err
		}
		if required != nil {
			response.Packages = append(response.Packages, required)
		}
	}
	return response, nil
}

// pluginFiles returns the pulumi-plugin.json of each package that has one.
func pluginFiles(
	ctx context.Context, python toolchain.Toolchain, installed []plugin.DependencyInfo,
) (map[string]string, error) {
	arguments := []string{"-c", findPluginFiles}
	for _, one := range installed {
		arguments = append(arguments, one.Name)
	}
	finder, err := python.Command(ctx, arguments...)
	if err != nil {
		return nil, err
	}
	printed, err := finder.Output()
	if err != nil {
		return nil, fmt.Errorf("looking for pulumi-plugin.json: %w", err)
	}
	var files map[string]string
	return files, json.Unmarshal(printed, &files)
}

// requirement returns the plugin that a package needs; nil if it needs none.
func requirement(installed plugin.DependencyInfo, file string) (*pulumirpc.PackageDependency, error) {
	said := plugin.PulumiPluginJSON{}
	switch {
	case file != "":
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(content, &said); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	case strings.HasPrefix(installed.Name, "pulumi-"):
		said.Resource = true
	}
	if !said.Resource {
		return nil, nil
	}
	if said.Name == "" {
		said.Name = strings.TrimPrefix(installed.Name, "pulumi-")
	}
	if said.Version == "" {
		said.Version = installed.Version
	}
	return &pulumirpc.PackageDependency{
		Name: said.Name, Version: "v" + strings.TrimPrefix(said.Version, "v"), Kind: "resource", Server: said.Server,
	}, nil
}
