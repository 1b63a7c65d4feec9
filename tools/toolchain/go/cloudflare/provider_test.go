package cloudflare_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"smarter-net/toolchain/cloudflare"
)

const token = "0123456789_abcdefghij-0123456789ABCDEFGHIJ"

var urn = resource.NewURN("stack", "project", "", "cloudflare:index/dnsRecord:DnsRecord", "name")

// zone is the least of an API: it keeps one record.
type zone struct {
	record map[string]any
	called []string
}

func (z *zone) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	z.called = append(z.called, request.Method+" "+request.URL.Path)
	body, _ := io.ReadAll(request.Body)
	switch request.Method {
	case http.MethodPost, http.MethodPut:
		z.record = map[string]any{"id": "r1", "created_on": "then", "modified_on": "now"}
		_ = json.Unmarshal(body, &z.record)
	case http.MethodDelete:
		z.record = map[string]any{"id": "r1"}
	}
	if z.record == nil {
		w.WriteHeader(http.StatusNotFound)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"success": z.record != nil, "result": z.record})
}

// engine returns the provider as the engine calls it, configured for a zone of its own.
func engine(t *testing.T, apiToken string) (integration.Server, *zone) {
	t.Helper()
	z := &zone{}
	listening := httptest.NewServer(z)
	t.Cleanup(listening.Close)
	provider, err := cloudflare.Provider()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(
		t.Context(), cloudflare.Name, semver.MustParse(cloudflare.Version), integration.WithProvider(provider))
	if err != nil {
		t.Fatal(err)
	}
	config := values("apiToken", apiToken, "baseUrl", listening.URL)
	if err := server.Configure(p.ConfigureRequest{Args: config}); err != nil {
		t.Fatal(err)
	}
	return server, z
}

func values(pairs ...string) property.Map {
	made := map[string]property.Value{}
	for i := 0; i < len(pairs); i += 2 {
		made[pairs[i]] = property.New(pairs[i+1])
	}
	return property.NewMap(made)
}

func inputs() property.Map {
	return values("zoneId", "z", "type", "A", "name", "mkt.example.com", "content", "192.0.2.1", "comment", "ours").
		Set("ttl", property.New(1.0)).Set("proxied", property.New(false))
}

// recorded is the state of that record.
func recorded() property.Map {
	return inputs().Set("proxiable", property.New(true)).
		Set("createdOn", property.New("then")).Set("modifiedOn", property.New("then"))
}

func TestARecordsWholeLife(t *testing.T) {
	server, z := engine(t, token)
	created, err := server.Create(p.CreateRequest{Urn: urn, Properties: inputs()})
	if err != nil || created.ID != "r1" || created.Properties.Get("createdOn").AsString() != "then" {
		t.Fatalf("got %+v, %v", created, err)
	}
	changed := inputs().Set("content", property.New("192.0.2.2")).Delete("comment")
	updated, err := server.Update(
		p.UpdateRequest{Urn: urn, ID: "r1", State: created.Properties, Inputs: changed})
	if err != nil || z.record["content"] != "192.0.2.2" || z.record["comment"] != nil {
		t.Fatalf("got %v, %v", z.record, err)
	}
	if err := server.Delete(p.DeleteRequest{Urn: urn, ID: "r1", Properties: updated.Properties}); err != nil {
		t.Fatal(err)
	}
	want := "POST /zones/z/dns_records,PUT /zones/z/dns_records/r1,DELETE /zones/z/dns_records/r1"
	if got := strings.Join(z.called, ","); got != want {
		t.Errorf("got %s", got)
	}
}

func TestWhatWasChangedByHandIsRead(t *testing.T) {
	server, z := engine(t, token)
	created, err := server.Create(p.CreateRequest{Urn: urn, Properties: inputs()})
	if err != nil {
		t.Fatal(err)
	}
	z.record["content"] = "198.51.100.7"
	read, err := server.Read(p.ReadRequest{Urn: urn, ID: "r1", Properties: created.Properties, Inputs: inputs()})
	if err != nil || read.Inputs.Get("content").AsString() != "198.51.100.7" {
		t.Errorf("got %v, %v", read.Inputs, err)
	}
	z.record = nil
	read, err = server.Read(p.ReadRequest{Urn: urn, ID: "r1", Properties: created.Properties, Inputs: inputs()})
	if err != nil || read.ID != "" {
		t.Errorf("what is gone is read as %v, %v", read, err)
	}
}

func TestAnImportNamesZoneAndRecord(t *testing.T) {
	server, z := engine(t, token)
	z.record = map[string]any{"id": "r1", "name": "mkt.example.com", "type": "A", "ttl": 1, "comment": ""}
	read, err := server.Read(p.ReadRequest{Urn: urn, ID: "z/r1"})
	if err != nil || read.ID != "r1" || read.Inputs.Get("zoneId").AsString() != "z" {
		t.Errorf("got %+v, %v", read, err)
	}
	if _, there := read.Inputs.GetOk("comment"); there {
		t.Error("no comment is read as one")
	}
	if _, err := server.Read(p.ReadRequest{Urn: urn, ID: "r1"}); err == nil {
		t.Error("an import without a zone is accepted")
	}
}

func TestAnotherZoneOrTypeIsAnotherRecordAllElseIsChangedInPlace(t *testing.T) {
	server, _ := engine(t, token)
	for name, want := range map[string]p.DiffKind{
		"zoneId": p.UpdateReplace, "type": p.UpdateReplace, "name": p.Update, "content": p.Update, "comment": p.Update,
	} {
		diff, err := server.Diff(p.DiffRequest{
			Urn: urn, ID: "r1", State: recorded(), Inputs: inputs().Set(name, property.New("x")),
		})
		if err != nil || diff.DetailedDiff[name].Kind != want {
			t.Errorf("%s: got %v, %v", name, diff.DetailedDiff, err)
		}
	}
	diff, err := server.Diff(p.DiffRequest{Urn: urn, ID: "r1", State: recorded(), Inputs: inputs()})
	if err != nil || diff.HasChanges {
		t.Errorf("without a change: %v, %v", diff, err)
	}
}

func TestAPreviewAsksNobody(t *testing.T) {
	server, z := engine(t, token)
	if _, err := server.Create(p.CreateRequest{Urn: urn, Properties: inputs(), DryRun: true}); err != nil {
		t.Error(err)
	}
	request := p.UpdateRequest{Urn: urn, ID: "r1", State: recorded(), Inputs: inputs(), DryRun: true}
	if _, err := server.Update(request); err != nil || len(z.called) != 0 {
		t.Errorf("called %v, %v", z.called, err)
	}
}

func TestWhatCannotBeIsRefusedBeforeItIsSent(t *testing.T) {
	for want, properties := range map[string]property.Map{
		"released plugin": inputs().Set("type", property.New("CNAME")),
		"ttl: ":           inputs().Set("proxied", property.New(true)).Set("ttl", property.New(300.0)),
	} {
		server, z := engine(t, token)
		_, err := server.Create(p.CreateRequest{Urn: urn, Properties: properties})
		if err == nil || !strings.Contains(err.Error(), want) || len(z.called) != 0 {
			t.Errorf("got %v, called %v, want %s", err, z.called, want)
		}
	}
	server, _ := engine(t, "too-short")
	_, err := server.Create(p.CreateRequest{Urn: urn, Properties: inputs()})
	if err == nil || !strings.Contains(err.Error(), "apiToken: ") || strings.Contains(err.Error(), "too-short") {
		t.Errorf("got %v", err)
	}
}
