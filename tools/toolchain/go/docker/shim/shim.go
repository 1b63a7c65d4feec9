// Package shim reaches the upstream Docker provider, which lives in a package
// that is internal to its module.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns the upstream Docker provider.
func NewProvider() *schema.Provider {
	return provider.New("dev")()
}
