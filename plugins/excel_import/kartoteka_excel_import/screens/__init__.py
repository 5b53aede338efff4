"""The wizard of imports on screen."""
