"""What only the host knows of a stack, as figures for Prometheus."""
