"""What the product does: use cases, one verb group per file."""
