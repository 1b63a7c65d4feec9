"""The Pulumi engine: run, watched, and what it says put into words."""
