package api

import (
	"context"
	"net/http"
	"net/url"
)

// Record is a DNS record as the API takes it: a field that is nil is not sent on create, and sent as null on update.
type Record struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`
	TTL     float64 `json:"ttl"`
	Content *string `json:"content"`
	Proxied *bool   `json:"proxied"`
	Comment *string `json:"comment"`
}

// Stored is a record as the API gives it.
type Stored struct {
	Record
	ID                string  `json:"id"`
	Proxiable         bool    `json:"proxiable"`
	CreatedOn         string  `json:"created_on"`
	ModifiedOn        string  `json:"modified_on"`
	CommentModifiedOn *string `json:"comment_modified_on"`
}

// Create makes a record.
func (c *Client) Create(ctx context.Context, zone string, record Record) (stored Stored, err error) {
	body := map[string]any{"name": record.Name, "type": record.Type, "ttl": record.TTL}
	if record.Content != nil {
		body["content"] = *record.Content
	}
	if record.Proxied != nil {
		body["proxied"] = *record.Proxied
	}
	if record.Comment != nil {
		body["comment"] = *record.Comment
	}
	err = c.call(ctx, http.MethodPost, path(zone, ""), body, &stored)
	return stored, err
}

// Get reads a record; [NotFound] knows the error of one that is gone.
func (c *Client) Get(ctx context.Context, zone, id string) (stored Stored, err error) {
	err = c.call(ctx, http.MethodGet, path(zone, id), nil, &stored)
	return stored, err
}

// Update replaces all that a record says.
func (c *Client) Update(ctx context.Context, zone, id string, record Record) (stored Stored, err error) {
	err = c.call(ctx, http.MethodPut, path(zone, id), record, &stored)
	return stored, err
}

// Delete removes a record. As with the released plugin, one that is gone already is an error.
func (c *Client) Delete(ctx context.Context, zone, id string) error {
	return c.call(ctx, http.MethodDelete, path(zone, id), nil, nil)
}

func path(zone, id string) string {
	whole := "zones/" + url.PathEscape(zone) + "/dns_records"
	if id != "" {
		whole += "/" + url.PathEscape(id)
	}
	return whole
}
