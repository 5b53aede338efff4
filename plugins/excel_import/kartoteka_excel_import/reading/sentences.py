"""Say in plain words why a file was not read, and what is wrong with a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from kartoteka.api import gettext
from kartoteka_excel_import.reading.shapes import Fault

_LONGEST_NAME = 120


def shown_name(name: str) -> str:
    """Return the name of a file as it may be shown: no folders, nothing that can not be printed."""
    last = PurePosixPath(name.replace("\\", "/")).name or name
    return "".join(letter for letter in last if letter.isprintable())[:_LONGEST_NAME] or "?"


def why_not_read(code: str, name: str, values: Mapping[str, Any]) -> str:
    """Return why a file was not read, and what to do.

    Args:
        code: of a `Refusal`; one that is not known says that the file is damaged.
        name: of the file, as people call it.
        values: of the refusal.
    """
    known: dict[str, Any] = {key: str(value)[:_LONGEST_NAME] for key, value in values.items()}
    known["file"] = shown_name(name)
    if code == "other_kind":
        return gettext(
            "%(file)s is no spreadsheet but %(kind)s. Open it in a spreadsheet program and save "
            "the list as xlsx or csv.",
            file=known["file"], kind=_kind_in_words(known.get("kind", "")),
        )  # fmt: skip
    say = _SENTENCES.get(code, _SENTENCES["damaged"])
    try:
        return say(known)
    except KeyError:  # a reader of another plugin left a value out
        return _SENTENCES["damaged"](known)


def fault_in_words(fault: Fault) -> str:
    """Return what is wrong with a cell; row and column stand beside it."""
    if fault.code == "error":
        return gettext("The formula gave %(error)s; the cell was taken as empty.", error=fault.text)
    if fault.code == "broken":
        return gettext("Some characters are damaged: %(text)s", text=fault.text)
    if fault.code == "quote":
        return gettext("The quotes of this row do not fit; they were taken as text.")
    if fault.code == "rounded":
        return gettext(
            "A spreadsheet keeps 15 digits of a number: %(text)s may not be what was typed. Store "
            "it as text.", text=fault.text,
        )  # fmt: skip
    return gettext("This stands to the right of the last column: %(text)s", text=fault.text)


def _kind_in_words(kind: str) -> str:
    kinds = {
        "web_page": gettext("a web page"),
        "xml": gettext("an XML file"),
        "pdf": gettext("a PDF"),
        "document": gettext("a text document or a presentation"),
        "numbers": gettext("a file of Numbers"),
        "archive": gettext("an archive of other files"),
        "vcard": gettext("a list of vCards"),
    }
    return kinds.get(kind, gettext("another kind of file"))


#: Made anew at each call, in the language of the person served.
_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "empty": lambda v: gettext("%(file)s is empty: it has no heads and no rows.", **v),
    "empty_sheet": lambda v: gettext("The sheet %(sheet)s of %(file)s is empty.", **v),
    "no_sheets": lambda v: gettext("%(file)s has no sheet with cells.", **v),
    "no_sheet": lambda v: gettext(
        "%(file)s has no sheet %(sheet)s. Choose one of: %(sheets)s.", **v
    ),
    "header_row": lambda v: gettext(
        "Row %(row)s can not be the row of the heads of %(file)s. Choose one from 1 to %(most)s, "
        "or 0 for a list without heads.", **v
    ),
    "not_spreadsheet": lambda v: gettext(
        "%(file)s is not a spreadsheet. Open it in a spreadsheet program and save it as xlsx "
        "or csv.", **v
    ),
    "damaged": lambda v: gettext(
        "%(file)s is damaged and can not be read. Open it in a spreadsheet program, save it again, "
        "or ask whoever sent it for another copy.", **v
    ),
    "password": lambda v: gettext(
        "%(file)s is password-protected. Open it with its password and save it without one.", **v
    ),
    "bomb": lambda v: gettext(
        "%(file)s would unpack to far more than a list can hold. It was not read.", **v
    ),
    "definitions": lambda v: gettext(
        "%(file)s holds definitions that no spreadsheet needs and that can do harm. It was not "
        "read. Open it in a spreadsheet program and save it again.", **v
    ),
    "too_many_cells": lambda v: gettext(
        "%(file)s claims more cells than can be read. Delete what stands far from the list, or "
        "copy the list into a new file.", **v
    ),
    "too_large": lambda v: gettext(
        "%(file)s needs more memory than a file of its size should. Delete what stands far from "
        "the list, or copy the list into a new file.", **v
    ),
    "too_slow": lambda v: gettext(
        "Reading %(file)s took too long and was stopped. Copy the list into a new file, or split "
        "it.", **v
    ),
    "many_columns": lambda v: gettext(
        "Row %(row)s of %(file)s has more than %(most)s columns. Copy the list into a new file.",
        **v
    ),
    "long_cell": lambda v: gettext(
        "Row %(row)s of %(file)s has a cell that does not end. Look for a quote that is not "
        "closed.", **v
    ),
    "no_encoding": lambda v: gettext(
        "There is no encoding %(encoding)s. Use utf-8, cp1251 or another one.", **v
    ),
    "other_encoding": lambda v: gettext(
        "%(file)s is not in %(encoding)s: line %(line)s does not fit. Choose another encoding, or "
        "none to have it found.", **v
    ),
    "delimiter": lambda v: gettext(
        "The delimiter must be one character, got %(delimiter)s.", **v
    ),
    "closed": lambda v: gettext("%(file)s can not be opened: %(why)s.", **v),
}  # fmt: skip

__all__ = ["fault_in_words", "shown_name", "why_not_read"]
