"""How a checked list is written, kept account of, given back and undone."""
