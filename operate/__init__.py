"""What an operator types: `make up`, `preview`, `status`, `logs`, `down`, and what these need to know of the host."""
