"""What an operator does every day, with the real engine."""
