"""Documents, one per file."""
