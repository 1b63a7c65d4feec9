"""What an operator writes: the stack file, read and parsed."""
