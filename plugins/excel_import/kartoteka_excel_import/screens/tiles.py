"""Figures of an import that open the rows they count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartoteka.api import _

#: Verdict: title before the import, title after it, icon, a sentence about such rows.
VERDICTS: Mapping[str, tuple[Any, Any, str, Any]] = {
    "create": (_("New"), _("Added"), "fa-plus",
               _("They bring something that is not in the base yet: a client, a person, a deal.")),
    "update": (_("Will be completed"), _("Completed"), "fa-pen",
               _("They are in the base; the file says more or something else.")),
    "unchanged": (_("As it is"), _("As it was"), "fa-equals",
                  _("They are in the base, and the file says nothing new.")),
    "duplicate": (_("Twice in the file"), _("Twice in the file"), "fa-clone",
                  _("An earlier row of the file says the same.")),
    "possible": (_("Possible duplicates"), _("Possible duplicates"), "fa-code-compare",
                 _("They only look like a client of the base, or like that of an earlier row.")),
    "rejected": (_("Rejected"), _("Rejected"), "fa-ban",
                 _("Something in them is wrong; they are not imported.")),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One figure; without an address there is nothing to open."""

    code: str
    title: Any
    icon: str
    count: str
    address: str
    is_here: bool
    note: str = ""


def tiles_of(
    counts: Mapping[str, int], here: str, *, is_over: bool, number: Callable[[int], str],
    address: Callable[[str], str], notes: Mapping[str, str] | None = None,
) -> list[Tile]:  # fmt: skip
    """Return the figures of all verdicts.

    Args:
        counts: rows by verdict.
        here: verdict whose rows are shown.
        is_over: the import has run; else it is a preview.
        number: writes a number as the person reads it.
        address: of the page that shows the rows of a verdict.
        notes: by verdict, a few words below the figure.
    """
    return [
        Tile(
            code=code, title=said[1] if is_over else said[0], icon=said[2],
            count=number(counts.get(code, 0)), is_here=code == here,
            address=address(code) if counts.get(code) else "", note=(notes or {}).get(code, ""),
        )
        for code, said in VERDICTS.items()
    ]  # fmt: skip


def shown_first(counts: Mapping[str, int], asked: str, order: Sequence[str]) -> str:
    """Return the verdict whose rows are shown: the one asked for, else the first with rows."""
    if asked in VERDICTS:
        return asked
    return next((code for code in order if counts.get(code)), order[0])


__all__ = ["VERDICTS", "Tile", "shown_first", "tiles_of"]
