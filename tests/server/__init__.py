"""Tests against servers: own addresses, own sshd, own Docker, in network namespaces."""
