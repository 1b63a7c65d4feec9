"""What is there: on the host, in the engine's state, in the DNS, at registries."""
