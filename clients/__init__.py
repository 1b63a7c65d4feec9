"""Services that others run, asked over HTTP: Cloudflare, registries."""
