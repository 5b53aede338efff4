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


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One row with what it brings."""

    row: int
    cells: Sequence[str]


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
    heads, examples = _examples(found, here)
    problems = list(found.get("problems", ()))
    wanted = [one for one in problems if bool(one.get("is_rejection")) == (here == "rejected")]
    shown = wanted[:_MOST_PROBLEMS] if here in {"rejected", "create", "update"} else []
    return PreviewPage(
        rows_total=int(found.get("rows_total", 0)),
        writes=counts["create"] + counts["update"],
        tiles=tiles_of(
            counts, here, is_over=False, number=partial(format_decimal, locale=reading.babel),
            address=lambda code: url_for("ImportView.check", pk=run.id, show=code, _anchor="rows"),
        ),
        title=VERDICTS[here][0], about=VERDICTS[here][3], heads=heads, examples=examples,
        problems=shown, problems_total=len(wanted),
    )  # fmt: skip


def _examples(found: Mapping[str, Any], here: str) -> tuple[list[str], list[Example]]:
    """Return heads and rows of the examples of a verdict; columns that are empty are left out."""
    kept: Sequence[Mapping[str, Any]] = (found.get("examples") or {}).get(here, ())
    heads = list(dict.fromkeys(head for one in kept for head in one["values"]))
    return heads, [
        Example(row=one["row"], cells=[str(one["values"].get(head, "")) for head in heads])
        for one in kept
    ]


__all__ = ["Example", "PreviewPage", "preview_page"]
