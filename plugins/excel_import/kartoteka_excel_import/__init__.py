"""Any client list in, nothing lost, all of it undoable."""
