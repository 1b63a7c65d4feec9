"""Who comes to a site: one request, constant load, clients that stay."""
