"""The Pulumi programs that are measured beside the repository's own. Each is the `__main__.py` of a project folder."""
