package cloudflare

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"smarter-net/toolchain/cloudflare/api"
)

// DNSRecord is the resource cloudflare:index/dnsRecord:DnsRecord.
type DNSRecord struct{}

// Inputs of a [DNSRecord]. Another zone or type is another record; all else is changed in place.
type Inputs struct {
	ZoneID  string  `pulumi:"zoneId" provider:"replaceOnChanges"`
	Type    string  `pulumi:"type" provider:"replaceOnChanges"`
	Name    string  `pulumi:"name"`
	TTL     float64 `pulumi:"ttl"`
	Content *string `pulumi:"content,optional"`
	Proxied *bool   `pulumi:"proxied,optional"`
	Comment *string `pulumi:"comment,optional"`
}

// State of a [DNSRecord]: its inputs and what Cloudflare says besides.
type State struct {
	Inputs
	Proxiable         bool    `pulumi:"proxiable"`
	CreatedOn         string  `pulumi:"createdOn"`
	ModifiedOn        string  `pulumi:"modifiedOn"`
	CommentModifiedOn *string `pulumi:"commentModifiedOn,optional"`
}

// Annotate gives the resource the token that the SDK sends.
func (r *DNSRecord) Annotate(a infer.Annotator) {
	a.SetToken("index/dnsRecord", "DnsRecord")
}

// Annotate describes the inputs for the schema.
func (in *Inputs) Annotate(a infer.Annotator) {
	a.Describe(&in.ZoneID, "The zone's identifier.")
	a.Describe(&in.Type, "The record's type; A or AAAA here.")
	a.Describe(&in.Name, "The record's full name.")
	a.Describe(&in.TTL, "Seconds to live; 1 is automatic.")
	a.Describe(&in.Content, "The address.")
	a.Describe(&in.Proxied, "Whether visitors reach Cloudflare, and Cloudflare the address.")
	a.Describe(&in.Comment, "A note, seen by nobody but the zone's owners.")
}

// Create makes the record.
func (*DNSRecord) Create(ctx context.Context, req infer.CreateRequest[Inputs]) (infer.CreateResponse[State], error) {
	response := infer.CreateResponse[State]{Output: State{Inputs: req.Inputs}}
	if err := req.Inputs.check(); err != nil || req.DryRun {
		return response, err
	}
	cloudflare, err := client(ctx)
	if err != nil {
		return response, err
	}
	stored, err := cloudflare.Create(ctx, req.Inputs.ZoneID, req.Inputs.record())
	if err != nil {
		return response, err
	}
	return infer.CreateResponse[State]{ID: stored.ID, Output: state(req.Inputs.ZoneID, stored)}, nil
}

// Read finds a record by its recorded zone and id, or for an import by `zone/id`. What is gone has no id.
func (*DNSRecord) Read(
	ctx context.Context, req infer.ReadRequest[Inputs, State],
) (response infer.ReadResponse[Inputs, State], err error) {
	zone, id := req.State.ZoneID, req.ID
	if zone == "" {
		var both bool
		if zone, id, both = strings.Cut(req.ID, "/"); !both {
			return response, fmt.Errorf("cannot import %q: write zone_id/record_id", req.ID)
		}
	}
	cloudflare, err := client(ctx)
	if err != nil {
		return response, err
	}
	stored, err := cloudflare.Get(ctx, zone, id)
	if api.NotFound(err) {
		return response, nil
	}
	if err != nil {
		return response, err
	}
	read := state(zone, stored)
	return infer.ReadResponse[Inputs, State]{ID: stored.ID, Inputs: read.Inputs, State: read}, nil
}

// Update changes the record in place.
func (*DNSRecord) Update(
	ctx context.Context, req infer.UpdateRequest[Inputs, State],
) (infer.UpdateResponse[State], error) {
	preview := req.State
	preview.Inputs = req.Inputs
	response := infer.UpdateResponse[State]{Output: preview}
	if err := req.Inputs.check(); err != nil || req.DryRun {
		return response, err
	}
	cloudflare, err := client(ctx)
	if err != nil {
		return response, err
	}
	stored, err := cloudflare.Update(ctx, req.Inputs.ZoneID, req.ID, req.Inputs.record())
	if err != nil {
		return response, err
	}
	return infer.UpdateResponse[State]{Output: state(req.Inputs.ZoneID, stored)}, nil
}

// Delete removes the record.
func (*DNSRecord) Delete(ctx context.Context, req infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	cloudflare, err := client(ctx)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	return infer.DeleteResponse{}, cloudflare.Delete(ctx, req.State.ZoneID, req.ID)
}

// check refuses what this stand-in cannot do, and what the API would.
func (in *Inputs) check() error {
	if in.Type != "A" && in.Type != "AAAA" {
		return fmt.Errorf("type: %q records need the released plugin; A and AAAA are known here", in.Type)
	}
	if in.Proxied != nil && *in.Proxied && in.TTL != 1 {
		return errors.New("ttl: a proxied record's is 1, automatic")
	}
	return nil
}

// record is the inputs as the API takes them.
func (in *Inputs) record() api.Record {
	return api.Record{
		Name: in.Name, Type: in.Type, TTL: in.TTL, Content: in.Content, Proxied: in.Proxied, Comment: in.Comment,
	}
}

// state is a record of the API's as the engine keeps it. No comment is an absent one.
func state(zone string, stored api.Stored) State {
	comment := stored.Comment
	if comment != nil && *comment == "" {
		comment = nil
	}
	return State{
		Inputs: Inputs{
			ZoneID: zone, Type: stored.Type, Name: stored.Name, TTL: stored.TTL,
			Content: stored.Content, Proxied: stored.Proxied, Comment: comment,
		},
		Proxiable: stored.Proxiable, CreatedOn: stored.CreatedOn, ModifiedOn: stored.ModifiedOn,
		CommentModifiedOn: stored.CommentModifiedOn,
	}
}
