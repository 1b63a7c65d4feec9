"""What watches a stack, with the real programs."""
