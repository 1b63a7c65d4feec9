"""Programs that an operator runs in a container, and what ends them there."""
