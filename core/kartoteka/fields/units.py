"""Put a unit behind a value, in the form that the number asks for."""

from __future__ import annotations

from typing import Any

from kartoteka.i18n import gettext, ngettext


def with_unit(text: str, value: Any, unit: str) -> str:
    """Return a shown value with its unit: 1 day, 2 days; units of other kinds have one form."""
    if not unit:
        return text
    if unit == gettext("days") and isinstance(value, int):
        return ngettext("%(shown)s day", "%(shown)s days", abs(value), shown=text)
    return f"{text} {unit}"


__all__ = ["with_unit"]
