package docker

import (
	"testing"

	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

func TestUpstreamIsMappedWhole(t *testing.T) {
	info := Provider()
	if err := info.P.InternalValidate(); err != nil {
		t.Fatal(err)
	}
	resources, functions := 0, 0
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		resources++
		if info.Resources[name] == nil {
			t.Errorf("resource %s has no token", name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		functions++
		if info.DataSources[name] == nil {
			t.Errorf("data source %s has no token", name)
		}
		return true
	})
	if resources != len(info.Resources) || functions != len(info.DataSources) {
		t.Errorf("tokens for what is not there: %d of %d, %d of %d",
			len(info.Resources)-resources, resources, len(info.DataSources)-functions, functions)
	}
}

func TestTokensHaveTheFormOfTheSDK(t *testing.T) {
	info := Provider()
	if got := info.Resources["docker_image"].Tok; got != "docker:index/remoteImage:RemoteImage" {
		t.Errorf("got %s", got)
	}
	if got := info.DataSources["docker_network"].Tok; got != "docker:index/getNetwork:getNetwork" {
		t.Errorf("got %s", got)
	}
}

func TestOnlyAContainerIsDeletedBeforeItIsReplaced(t *testing.T) {
	for name, resource := range Provider().Resources {
		if want := name == "docker_container"; resource.DeleteBeforeReplace != want {
			t.Errorf("%s: got %t", name, resource.DeleteBeforeReplace)
		}
	}
}

func TestNamesAreMadeUpButForImages(t *testing.T) {
	info := Provider()
	if info.Resources["docker_container"].Fields["name"].Default == nil {
		t.Error("a container without a name gets none")
	}
	if info.Resources["docker_image"].Fields["name"].Default != nil {
		t.Error("an image without a name gets one")
	}
}
