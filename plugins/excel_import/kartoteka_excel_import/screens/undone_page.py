"""What became of the rows of an import that was taken back: reversed, kept, failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from babel.numbers import format_decimal
from flask import url_for
from sqlalchemy.orm import Session

from kartoteka.api import DateTime, Reading, _, ngettext
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.undone import NamedRecord, UndoneRow, undone_rows
from kartoteka_excel_import.screens.tiles import Tile

#: Outcome: title and icon.
HOWS: Mapping[str, tuple[Any, str]] = {
    "reversed": (_("Taken back"), "fa-rotate-left"),
    "kept": (_("Kept: worked on since"), "fa-hand"),
    "failed": (_("Could not be taken back"), "fa-triangle-exclamation"),
}
_ON_PAGE = 50
#: Records with pages worth opening.
_WITH_PAGE = frozenset({"client", "contact", "deal", "purchase"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRecord:
    """A record with its page; empty where it has none worth opening."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEdit:
    """What one person did since: titles of fields, who, when."""

    fields: str
    by: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoneShown:
    """One row with what became of it.

    Args:
        client: whom it is about.
        record: what somebody worked on, where that is not the client.
    """

    row: int
    why: str
    client: ShownRecord | None
    record: ShownRecord | None
    edits: Sequence[ShownEdit]


@dataclass(frozen=True, kw_only=True, slots=True)
class UndonePage:
    """The outcome, ready for the template."""

    sentence: str
    tiles: Sequence[Tile]
    title: Any
    rows: Sequence[UndoneShown]
    has_reasons: bool
    numbers: str
    is_left: bool
    next: str


def undone_page(session: Session, run: ImportRun, asked: Mapping[str, str]) -> UndonePage:
    """Return what became of the rows; what stayed is shown first, because somebody must look.

    Args:
        asked: `show`: an outcome; `after`: number of the row behind which the page begins.
    """
    reading: Reading = session.info.get("reading") or Reading()
    counts = {code: int((run.undone or {}).get("counts", {}).get(code, 0)) for code in HOWS}
    first = next((code for code in ("failed", "kept") if counts[code]), "reversed")
    here = asked.get("show", "") if asked.get("show", "") in HOWS else first
    text = asked.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 10 else 0
    found = undone_rows(session, run, here, after, together=_ON_PAGE + 1)
    rows = [_shown(row, reading) for row in islice(found, _ON_PAGE + 1)]
    number = partial(format_decimal, locale=reading.babel)

    def address(**more: Any) -> str:
        return url_for("ImportView.show", pk=run.id, _anchor="rows", **more)

    return UndonePage(
        sentence=_sentence(counts),
        tiles=[
            Tile(code=code, title=title, icon=icon, count=number(counts[code]),
                 is_here=code == here, address=address(show=code) if counts[code] else "")
            for code, (title, icon) in HOWS.items()
        ],
        title=HOWS[here][0],
        rows=rows[:_ON_PAGE],
        has_reasons=any(row.why for row in rows),
        numbers=", ".join(str(row.row) for row in rows[:_ON_PAGE]),
        is_left=bool(counts["kept"] + counts["failed"]),
        next=address(show=here, after=rows[_ON_PAGE - 1].row) if len(rows) > _ON_PAGE else "",
    )  # fmt: skip


def _shown(one: UndoneRow, reading: Reading) -> UndoneShown:
    return UndoneShown(
        row=one.row, why=one.why, client=_record(one.client), record=_record(one.record),
        edits=[
            ShownEdit(
                fields=", ".join(edit.fields.values()), by=edit.by,
                at=DateTime().show(edit.at, reading) if edit.at else "",
            )
            for edit in one.edits
        ],
    )  # fmt: skip


def _record(one: NamedRecord | None) -> ShownRecord | None:
    if one is None:
        return None
    address = url_for(f"{one.entity}.show", pk=one.id) if one.entity in _WITH_PAGE else ""
    return ShownRecord(name=one.name, address=address)


def _sentence(counts: Mapping[str, int]) -> str:
    left = counts["kept"] + counts["failed"]
    if not left:
        return ngettext(
            "The import is undone: %(num)s row was taken back.",
            "The import is undone: all %(num)s rows were taken back.", counts["reversed"],
        )  # fmt: skip
    return ngettext(
        "The import is undone, but %(num)s row stays. Below you see why.",
        "The import is undone, but %(num)s rows stay. Below you see why.", left,
    )  # fmt: skip


__all__ = ["HOWS", "UndonePage", "undone_page"]
