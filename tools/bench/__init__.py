"""Figures of one run on one machine: ours against Compose, a hand-written Caddyfile and an empty Pulumi program."""
