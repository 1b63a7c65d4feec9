"""Topology -> text: Caddy's JSON, the nftables ruleset, the proxy's own pages, the picture."""
