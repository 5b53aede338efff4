"""The wholesale plugin: its table of contents."""

from __future__ import annotations

from kartoteka.api import PluginInfo

PLUGIN = PluginInfo(name="wholesale", title="Wholesale", version="0.1.0", requires_core=">=0.1,<1")
