"""Find the buttons that plugins put beside a phone or an address."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from kartoteka.app import kartoteka
from kartoteka.models import ContactPoint
from kartoteka.screens import rights

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """One button: where it leads, and whether pressing it does something there."""

    code: str
    title: str
    icon: str
    address: str
    post: bool
    main: bool


def ways_of(point: ContactPoint) -> Sequence[Button]:
    """Return the buttons beside a contact point; those of a failing plugin are left out."""
    registry = kartoteka().registry
    found: list[Button] = []
    if not point.is_valid:
        return found
    for code, way in registry.contact_ways.items():
        if point.kind not in way.kinds or not rights.holds(way.permission):
            continue
        try:
            address = way.address(point)
        except Exception:
            plugin = registry.plugin_of("contact_ways", code)
            logger.exception("Way %r of plugin %r failed", code, plugin)
            continue
        if not _is_harmless(address):
            continue
        found.append(
            Button(code=code, title=str(way.title), icon=way.icon, address=address,
                   post=way.post, main=way.main)
        )  # fmt: skip
    return found


def _is_harmless(address: str) -> bool:
    """Say whether a browser only opens it: an address made of a typed value may hold a script."""
    scheme, colon, _rest = address.partition(":")
    return bool(address) and not (colon and scheme.strip().lower() in _RUN)


_RUN = frozenset({"javascript", "data", "vbscript"})

__all__ = ["Button", "ways_of"]
