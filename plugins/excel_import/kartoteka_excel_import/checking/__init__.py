"""What is read of a list, checked before anything is written."""
