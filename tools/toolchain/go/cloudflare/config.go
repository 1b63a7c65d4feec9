package cloudflare

import (
	"context"
	"errors"
	"os"
	"regexp"

	"github.com/pulumi/pulumi-go-provider/infer"

	"smarter-net/toolchain/cloudflare/api"
)

// token is what the released plugin takes for one.
var token = regexp.MustCompile(`^[0-9A-Za-z_-]{40,80}$`)

// Config is the provider's configuration.
type Config struct {
	APIToken *string `pulumi:"apiToken,optional" provider:"secret"`
	BaseURL  *string `pulumi:"baseUrl,optional"`
}

// Annotate describes the configuration for the schema, and says which variables stand in for it.
func (c *Config) Annotate(a infer.Annotator) {
	a.Describe(&c.APIToken, "The API token. Default: CLOUDFLARE_API_TOKEN.")
	a.Describe(&c.BaseURL, "The API's address. Default: CLOUDFLARE_BASE_URL, or Cloudflare's own.")
}

// client returns the client of the configuration that ctx belongs to.
func client(ctx context.Context) (*api.Client, error) {
	config := infer.GetConfig[Config](ctx)
	secret := or(config.APIToken, "CLOUDFLARE_API_TOKEN")
	if !token.MatchString(secret) {
		return nil, errors.New("apiToken: API tokens have 40 to 80 characters, 0-9 a-z A-Z _ -")
	}
	base := or(config.BaseURL, "CLOUDFLARE_BASE_URL")
	if base == "" {
		base = api.DefaultBaseURL
	}
	return api.NewClient(base, secret, "pulumi-resource-cloudflare/"+Version), nil
}

// or returns a configured value, or the environment's.
func or(value *string, variable string) string {
	if value != nil && *value != "" {
		return *value
	}
	return os.Getenv(variable)
}
