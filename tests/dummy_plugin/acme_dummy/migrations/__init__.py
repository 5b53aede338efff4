"""The schema of the plugin, revision by revision."""
