"""One file for each target of the Makefile, of the same name."""
