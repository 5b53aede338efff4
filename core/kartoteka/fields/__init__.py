"""Fields: declared once, shown everywhere."""
