"""The documentation's guides, followed on a copy of the tree as a newcomer would, with `make check` at the end."""
