"""Whether a stack file's values fit each other, the catalog, the secrets and the zone."""
