"""The firewall of a server, from outside and from inside."""
