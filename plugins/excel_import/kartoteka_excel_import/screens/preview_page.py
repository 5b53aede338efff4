"""What the preview of an import shows: figures, examples of one of them, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel.numbers import format_decimal, format_percent
from flask import url_for
from sqlalchemy.orm import Session

from kartoteka.api import Reading, gettext, ngettext
from kartoteka_excel_import.checking.changes import titles_for
from kartoteka_excel_import.mapping.phone_country import country, hint
from kartoteka_excel_import.mapping.plan import plan_of
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.decisions import decided_of
from kartoteka_excel_import.screens.held_page import HeldPage, held_page
from kartoteka_excel_import.screens.tiles import VERDICTS, Tile, shown_first, tiles_of

#: What a person looks at first: what is new.
_ORDER = ("create", "update", "rejected", "possible", "duplicate", "unchanged")
_MOST_PROBLEMS = 100
_MOST_COLUMNS = 6
#: Where a column of changes stands beside them.
_BESIDE_CHANGES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One row with what it brings.

    Args:
        changes: title, old and new text of what it would change in records that are there.
        earlier: the row of the file that brings its record; 0: it is in the base.
    """

    row: int
    cells: Sequence[str]
    reasons: Sequence[str]
    changes: Sequence[Mapping[str, Any]] = ()
    earlier: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedRow:
    """A row whose client is known by its name alone.

    Args:
        client: how the base calls it; empty: an earlier row of the file has the name.
        sure: how sure it is, as text.
        earlier: number of that row.
    """

    row: int
    client: str
    sure: str
    earlier: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewPage:
    """The preview, ready for the template.

    Args:
        writes: how many rows would write something, those included that a person let through.
        by_name: how many rows are known by the name of the client alone; `named` are the first.
    """

    rows_total: int
    writes: int
    tiles: Sequence[Tile]
    title: Any
    about: Any
    heads: Sequence[str]
    examples: Sequence[Example]
    has_reasons: bool
    problems: Sequence[Mapping[str, Any]]
    problems_total: int
    by_name: int
    named: Sequence[NamedRow]
    held: HeldPage | None
    has_changes: bool
    left_out: int
    left_cells: Sequence[Mapping[str, Any]]
    left_cells_total: int
    spoilt: int
    blank: int
    totals: int
    hint: str
    hint_region: str
    hint_country: str


def preview_page(session: Session, run: ImportRun, asked: str, asked_page: str = "") -> PreviewPage:
    """Return what the check of an import found.

    Args:
        asked: the verdict whose rows the person wants to see.
        asked_page: which page of the rows that are held back.
    """
    found: Mapping[str, Any] = run.preview or {}
    reading: Reading = session.info.get("reading") or Reading()
    counts = {code: int(found.get(code, 0)) for code in VERDICTS}
    counts["duplicate"] -= counts["possible"]  # there both are one figure
    here = shown_first(counts, asked, _ORDER)
    problems = list(found.get("problems", ()))
    heads, examples = _examples(session, found, here, problems)
    left_cells = [one for one in problems if one.get("is_left_out")]
    in_file = int(found.get("update_in_file", 0))
    region = str(found.get("phone_region_hint", ""))
    chosen = plan_of(run.plan).region if run.plan else ""
    told = {example.row for example in examples}
    held: HeldPage | None = None
    if here == "possible" and counts["possible"]:
        held = held_page(session, run, asked_page)
    decided = held.decided if held is not None else decided_of(session, run)
    problems = [
        one for one in problems
        if here == "rejected" and one["is_rejection"] and one["row"] not in told
    ]  # fmt: skip
    return PreviewPage(
        rows_total=int(found.get("rows_total", 0)),
        writes=counts["create"] + counts["update"] + decided.taken,
        tiles=tiles_of(
            counts, here, is_over=False, number=partial(format_decimal, locale=reading.babel),
            address=lambda code: url_for("ImportView.check", pk=run.id, show=code, _anchor="rows"),
            notes={"update": _within(in_file)} if in_file else {},
        ),
        title=VERDICTS[here][0], about=_about(here, counts, in_file),
        heads=heads, examples=examples,
        has_reasons=any(one.reasons for one in examples),
        problems=problems[:_MOST_PROBLEMS], problems_total=len(problems),
        held=held if held is not None and held.rows else None,
        by_name=int(found.get("by_name", 0)),
        named=[
            NamedRow(
                row=one["row"], client=one["client"], earlier=one["earlier"],
                sure=format_percent(one["sure"], locale=reading.babel) if one["sure"] else "",
            )
            for one in found.get("named", ())
        ],
        has_changes=any(one.changes or one.earlier for one in examples),
        left_out=int(found.get("left_out", 0)), left_cells=left_cells[:_MOST_PROBLEMS],
        left_cells_total=int(found.get("cells_left_out", 0)),
        spoilt=int(found.get("rejected_for_cells", 0)),
        blank=int(found.get("blank", 0)), totals=int(found.get("totals", 0)),
        hint=hint(session, region, chosen) if region else "", hint_region=region,
        hint_country=country(session, region) if region else "",
    )  # fmt: skip


def _within(in_file: int) -> str:
    return ngettext(
        "%(num)s completes a row of this file", "%(num)s complete rows of this file", in_file
    )


def _about(here: str, counts: Mapping[str, int], in_file: int) -> Any:
    """Return what such rows are; of a row whose client the file itself brings nothing is there."""
    if here != "update" or not in_file:
        return VERDICTS[here][3]
    if in_file == counts["update"]:
        return gettext("Earlier rows of this file bring their clients; they say more of them.")
    return gettext(
        "They are in the base, or an earlier row of this file brings their client; the file says"
        " more or something else."
    )


def _examples(
    session: Session, found: Mapping[str, Any], here: str, problems: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[Example]]:  # fmt: skip
    """Return heads and rows of the examples of a verdict.

    What they would change is told as far as who looks may see it: somebody else may have checked.

    Of the used columns those that say something in these rows, as many as a page can show.
    """
    kept: Sequence[Mapping[str, Any]] = (found.get("examples") or {}).get(here, ())
    columns: Sequence[Mapping[str, Any]] = found.get("columns", ())
    title_of = titles_for(session)
    changes: dict[int, list[Mapping[str, Any]]] = {}
    earlier: dict[int, int] = {}
    for one in found.get("changes", ()):
        if title := title_of(one["record"], one["field"]):
            changes.setdefault(one["row"], []).append({**one, "title": title})
            if one["earlier"] and one["record"] in ("client", "contact"):
                earlier.setdefault(one["row"], one["earlier"])
    places = [
        place
        for place, column in enumerate(columns)
        if column["field"] and any(_at(one["cells"], place) for one in kept)
    ][: _BESIDE_CHANGES if any(one["row"] in changes for one in kept) else _MOST_COLUMNS]
    return [columns[place]["header"] for place in places], [
        Example(
            row=one["row"], cells=[_at(one["cells"], place) for place in places],
            reasons=_reasons(one, problems), changes=changes.get(one["row"], ()),
            earlier=earlier.get(one["row"], 0),
        )
        for one in kept
    ]  # fmt: skip


def _reasons(one: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what was noticed of a row, with the column where it is known."""
    said = [
        f"{problem['column']}: {problem['reason']}" if problem["column"] else problem["reason"]
        for problem in problems
        if problem["row"] == one["row"]
    ]
    return list(dict.fromkeys(said or one["reasons"]))


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


__all__ = ["Example", "NamedRow", "PreviewPage", "preview_page"]
