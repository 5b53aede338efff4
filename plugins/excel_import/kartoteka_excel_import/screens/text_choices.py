"""Name the encodings and separators of text files that can be chosen where a guess is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartoteka.api import _, gettext
from kartoteka_excel_import.screens.looking import Look

_ENCODINGS: Mapping[str, Any] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1251": _("Windows, Cyrillic (cp1251)"),
    "cp866": _("DOS, Cyrillic (cp866)"),
    "koi8-r": _("KOI8-R"),
    "mac-cyrillic": _("Mac, Cyrillic"),
    "iso8859-5": _("ISO 8859-5, Cyrillic"),
    "cp1252": _("Windows, Western Europe (cp1252)"),
    "cp1250": _("Windows, Central Europe (cp1250)"),
    "mac-roman": _("Mac, Western Europe"),
}
_DELIMITERS: Mapping[str, Any] = {
    ";": _("Semicolon ;"),
    ",": _("Comma ,"),
    "tab": _("Tab"),
    "|": _("Vertical bar |"),
}


def encodings(seen: Look) -> Sequence[tuple[str, str]]:
    """Return what can be chosen; the first is what was found by itself."""
    return _with_found(_ENCODINGS, seen.layout.encoding.removesuffix("-sig"))


def delimiters(seen: Look) -> Sequence[tuple[str, str]]:
    """Return what can be chosen; the first is what was found by itself."""
    found = seen.layout.delimiter
    return _with_found(_DELIMITERS, "tab" if found == "\t" else found)


def _with_found(known: Mapping[str, Any], found: str) -> Sequence[tuple[str, str]]:
    title = str(known.get(found, found))
    automatic = gettext("As found: %(what)s", what=title) if title else gettext("As found")
    return [("", automatic), *((code, str(title)) for code, title in known.items())]


__all__ = ["delimiters", "encodings"]
