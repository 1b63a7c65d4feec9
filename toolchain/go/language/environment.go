package language

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// environment is the folder of a Python virtual environment.
type environment string

// findEnvironment returns the one that `virtualenv` in Pulumi.yaml names, seen from Pulumi.yaml's own folder;
// .venv is what it is when it names none. It fails if there is none.
func findEnvironment(info *pulumirpc.ProgramInfo) (environment, error) {
	name := info.GetOptions().GetFields()["virtualenv"].GetStringValue()
	if name == "" {
		name = ".venv"
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(info.GetRootDirectory(), name)
	}
	found := environment(path)
	if _, err := os.Stat(found.python()); err != nil {
		return "", fmt.Errorf("runtime.options.virtualenv: no Python in %s; run `uv sync` first", path)
	}
	return found, nil
}

func (e environment) python() string {
	return filepath.Join(string(e), "bin", "python")
}

// version returns that of the interpreter as the environment notes it, or "" if it does not.
func (e environment) version() string {
	file, err := os.Open(filepath.Join(string(e), "pyvenv.cfg"))
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		if key = strings.TrimSpace(key); key == "version" || key == "version_info" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// variables returns base as it is when the environment is activated.
func (e environment) variables(base []string) []string {
	activated := make([]string, 0, len(base)+2)
	path := filepath.Join(string(e), "bin")
	for _, variable := range base {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "PATH":
			path += string(os.PathListSeparator) + value
		case "PYTHONHOME", "VIRTUAL_ENV":
		default:
			activated = append(activated, variable)
		}
	}
	return append(activated, "VIRTUAL_ENV="+string(e), "PATH="+path)
}
