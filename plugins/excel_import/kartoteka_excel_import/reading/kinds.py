"""Gather the kinds of files an application can read: those of other plugins before our own."""

from __future__ import annotations

from typing import Any

from kartoteka.api import PluginError
from kartoteka_excel_import.reading.shapes import Reader
from kartoteka_excel_import.reading.table import OWN_READERS


def readers_of(registry: Any) -> tuple[Reader, ...]:
    """Return the readers of an application, in the order in which they are asked.

    Args:
        registry: of the application.

    Raises:
        PluginError: a plugin gave something else, or a code that is taken.
    """
    found: list[Reader] = []
    codes = {reader.code for reader in OWN_READERS}
    for plugin, readers in registry.plugins.each("readers"):
        for reader in readers:
            if not isinstance(reader, Reader):
                raise PluginError(plugin, f"readers() must return Reader, got {reader!r}. Mend it.")
            if reader.code in codes:
                raise PluginError(
                    plugin, f"the reader {reader.code!r} is there already. Choose another code."
                )
            codes.add(reader.code)
            found.append(reader)
    return (*found, *OWN_READERS)


__all__ = ["readers_of"]
