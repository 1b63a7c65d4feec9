"""What reaches a machine, what is looked at there, and what runs on it. No engine."""
