"""What the preview of an import shows: figures, examples of one of them, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel.numbers import format_decimal
from flask import url_for
from sqlalchemy.orm import Session

from kartoteka.api import Reading
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.screens.tiles import VERDICTS, Tile, shown_first, tiles_of

#: What a person looks at first: what is new.
_ORDER = ("create", "update", "rejected", "possible", "duplicate", "unchanged")
_MOST_PROBLEMS = 100
_MOST_COLUMNS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One row with what it brings."""

    row: int
    cells: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewPage:
    """The preview, ready for the template. `writes`: how many rows would write something."""

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


def preview_page(session: Session, run: ImportRun, asked: str) -> PreviewPage:
    """Return what the check of an import found.

    Args:
        asked: the verdict whose rows the person wants to see.
    """
    found: Mapping[str, Any] = run.preview or {}
    reading: Reading = session.info.get("reading") or Reading()
    counts = {code: int(found.get(code, 0)) for code in VERDICTS}
    counts["duplicate"] -= counts["possible"]  # there both are one figure
    here = shown_first(counts, asked, _ORDER)
    problems = list(found.get("problems", ()))
    heads, examples = _examples(found, here, problems)
    told = {example.row for example in examples}
    problems = [
        one for one in problems
        if here == "rejected" and one["is_rejection"] and one["row"] not in told
    ]  # fmt: skip
    return PreviewPage(
        rows_total=int(found.get("rows_total", 0)),
        writes=counts["create"] + counts["update"],
        tiles=tiles_of(
            counts, here, is_over=False, number=partial(format_decimal, locale=reading.babel),
            address=lambda code: url_for("ImportView.check", pk=run.id, show=code, _anchor="rows"),
        ),
        title=VERDICTS[here][0], about=VERDICTS[here][3], heads=heads, examples=examples,
        has_reasons=any(one.reasons for one in examples),
        problems=problems[:_MOST_PROBLEMS], problems_total=len(problems),
    )  # fmt: skip


def _examples(
    found: Mapping[str, Any], here: str, problems: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[Example]]:
    """Return heads and rows of the examples of a verdict.

    Of the used columns those that say something in these rows, as many as a page can show.
    """
    kept: Sequence[Mapping[str, Any]] = (found.get("examples") or {}).get(here, ())
    columns: Sequence[Mapping[str, Any]] = found.get("columns", ())
    places = [
        place
        for place, column in enumerate(columns)
        if column["field"] and any(_at(one["cells"], place) for one in kept)
    ][:_MOST_COLUMNS]
    return [columns[place]["header"] for place in places], [
        Example(
            row=one["row"], cells=[_at(one["cells"], place) for place in places],
            reasons=_reasons(one, problems),
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


__all__ = ["Example", "PreviewPage", "preview_page"]
