"""A service's data as it was before a recreate, in a repository of the host's own."""
