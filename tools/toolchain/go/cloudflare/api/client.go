// Package api speaks as much of Cloudflare's API, version 4, as DNS records need.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// DefaultBaseURL is where the real API is.
	DefaultBaseURL = "https://api.cloudflare.com/client/v4/"
	// tries of one request; the waits between them double from firstWait up to longestWait.
	tries       = 6
	firstWait   = time.Second
	longestWait = 30 * time.Second
	// timeout of one try.
	timeout = 30 * time.Second
	// longest answer that is read.
	limit = 1 << 20
)

// Client calls the API with one token.
type Client struct {
	baseURL, token, agent string
	http                  *http.Client
	// sleep waits, or ends early with the context's error. Tests replace it.
	sleep func(context.Context, time.Duration) error
}

// NewClient returns a client; baseURL is the whole of [DefaultBaseURL] or what stands for it.
func NewClient(baseURL, token, agent string) *Client {
	return &Client{
		baseURL: strings.TrimSuffix(baseURL, "/") + "/", token: token, agent: agent,
		http: &http.Client{Timeout: timeout}, sleep: sleep,
	}
}

// call sends one request, again while that may help, and decodes the result into result.
func (c *Client) call(ctx context.Context, method, path string, body, result any) error {
	content, err := encode(body)
	if err != nil {
		return err
	}
	for try, wait := 1, firstWait; ; try, wait = try+1, min(2*wait, longestWait) {
		err = c.once(ctx, method, path, content, result)
		var temporary *temporaryError
		if !errors.As(err, &temporary) {
			return err
		}
		if try == tries {
			return fmt.Errorf("gave up after %d tries: %w", tries, err)
		}
		if slept := c.sleep(ctx, min(max(wait, temporary.after), longestWait)); slept != nil {
			return fmt.Errorf("%w: last error: %w", slept, err)
		}
	}
}

// once sends one request.
func (c *Client) once(ctx context.Context, method, path string, content []byte, result any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.baseURL+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("User-Agent", c.agent)
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return &temporaryError{error: err}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil {
		return &temporaryError{error: err}
	}
	return read(response, answer, result)
}

// read takes the result out of the envelope that every answer comes in.
func read(response *http.Response, answer []byte, result any) error {
	var envelope struct {
		Success bool            `json:"success"`
		Errors  []Message       `json:"errors"`
		Result  json.RawMessage `json:"result"`
	}
	err := json.Unmarshal(answer, &envelope)
	if response.StatusCode >= http.StatusBadRequest || (err == nil && !envelope.Success) {
		return failure(response, envelope.Errors)
	}
	if err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(envelope.Result, result)
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return json.Marshal(body)
}

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
