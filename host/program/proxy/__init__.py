"""caddy-proxy: its config, a try of its next container, and the second proxy that answers while it is replaced."""
