"""Check a colour by itself."""

from __future__ import annotations

import re

from kartoteka.fields.text import quoted
from kartoteka.i18n import gettext

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def color_code(typed: str) -> None:
    """Refuse what is no colour of six hexadecimal digits.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    if not _COLOR.fullmatch(typed):
        raise ValueError(gettext("%(value)r is not a colour such as #2563eb.", value=quoted(typed)))


__all__ = ["color_code"]
