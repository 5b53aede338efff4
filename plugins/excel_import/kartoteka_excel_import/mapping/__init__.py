"""Which column of a file fills what."""
