"""What changes between two runs, with the real engine."""
