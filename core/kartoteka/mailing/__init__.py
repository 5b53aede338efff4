"""Letters leave the house."""
