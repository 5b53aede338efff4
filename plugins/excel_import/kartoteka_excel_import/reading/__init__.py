"""Read a list of clients out of a file of any kind, however it was written."""
