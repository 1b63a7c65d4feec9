"""What the program meets in the Internet, on loopback or in a namespace."""
