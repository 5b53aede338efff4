"""A small plugin as a third party writes it: every test of the plugin platform uses it."""
