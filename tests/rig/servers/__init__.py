"""Servers as one rents them, in network namespaces, and what is done to them."""
