"""What goes wrong, and heals, with the real engine."""
