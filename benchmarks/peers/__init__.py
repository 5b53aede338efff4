"""Imports of a list as others write them; each file runs in a process of its own."""
