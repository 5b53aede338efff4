"""Show a report: each cell in words, with the address of the rows it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from kartoteka.hooks.contributions import RowStyle
from kartoteka.reports.result import Block, Cell, Head, Line, Opens, Result, simple
from kartoteka.screens import filters, report_chart, rights
from kartoteka.screens.client_marks import client_marks
from kartoteka.screens.report_chart import Chart
from kartoteka.screens.shown import Shown, shown_in
from kartoteka.services.filtering import Filter


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownCell:
    """A cell as templates need it: one text, or one for each currency."""

    texts: Sequence[str]
    head: Head
    href: str = ""
    tone: str = ""
    mark: RowStyle | None = None

    @property
    def style(self) -> str:
        """The classes of the cell."""
        if self.head.kind in ("text", "day"):
            return "nowrap" if self.head.kind == "day" else ""
        return "num zero" if self.texts == ["0"] else "num"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLine:
    """A row as templates need it."""

    cells: Sequence[ShownCell]
    tone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownBlock:
    """A table as templates need it, with its drawing."""

    block: Block
    lines: Sequence[ShownLine]
    total: ShownLine | None
    tiles: Sequence[ShownCell]
    chart: Chart | None
    href: str


def shown(session: Session, result: Result) -> list[ShownBlock]:
    """Return the tables of a report in the reader's language: a statement for marks of clients."""
    words = shown_in(session)
    marks = client_marks(session, _clients(result))

    def line(given: Line | None, heads: Sequence[Head]) -> ShownLine | None:
        if given is None:
            return None
        cells = [_cell(words, head, cell, marks)
                 for head, cell in zip(heads, given.cells, strict=True)]  # fmt: skip
        return ShownLine(cells=cells, tone=given.tone)

    def said(value: Decimal, currency: str) -> str:
        return words.money(value, currency) if currency else words.number(value)

    return [
        ShownBlock(
            block=block,
            lines=[made for one in block.lines if (made := line(one, block.heads))],
            total=line(block.total, block.heads),
            tiles=[_cell(words, head, cell, {}) for head, cell in block.tiles],
            chart=report_chart.chart_of(block, said),
            href=address(block.opens),
        )
        for block in result.blocks
    ]


def address(opens: Opens | None) -> str:
    """Return the address of the rows that a number counts; empty for who may not see the list."""
    if opens is None or not rights.may("list" if opens.id is None else "show", opens.entity):
        return ""
    if opens.id is not None:
        return url_for(f"{opens.entity}.show", pk=opens.id)
    criteria = opens.criteria or {"version": 1, "tree": {"all": []}}
    plain = simple(criteria)
    if plain is None:
        text = json.dumps(criteria, ensure_ascii=False, separators=(",", ":"))
        return url_for(f"{opens.entity}.list", c=text)
    found = [
        Filter(field=one.operand.code, op=one.op, value="" if one.value is None else one.value)
        for one in plain
    ]
    if not found:
        return url_for(f"{opens.entity}.list", view="0")
    return url_for(f"{opens.entity}.list", f=[filters.written(one) for one in found])


def _cell(words: Shown, head: Head, cell: Cell, marks: Mapping[int, RowStyle]) -> ShownCell:
    opens = cell.opens
    is_client = opens is not None and opens.entity == "client" and opens.id is not None
    return ShownCell(
        texts=_texts(words, head, cell), head=head, href=address(opens), tone=cell.tone,
        mark=marks.get(opens.id or 0) if opens is not None and is_client else None,
    )  # fmt: skip


def _texts(words: Shown, head: Head, cell: Cell) -> list[str]:
    value: Any = cell.value
    if cell.words:
        return [cell.words]
    if value is None:
        return []
    if head.kind == "money" and not isinstance(value, str):
        return [words.money(Decimal(amount), code) for code, amount in value]
    if head.kind == "day":
        return [words.day(date.fromisoformat(value))]
    if head.kind == "percent":
        return [f"{words.number(Decimal(value).normalize())}\u00a0%"]
    if head.kind in ("number", "days") and not isinstance(value, str):
        return [words.number(value)]
    if head.kind in ("number", "days"):
        return [words.number(Decimal(value))]
    return [str(value)]


def _clients(result: Result) -> set[int]:
    return {
        cell.opens.id
        for block in result.blocks
        for line in block.lines
        for cell in line.cells
        if cell.opens is not None and cell.opens.entity == "client" and cell.opens.id is not None
    }


__all__ = ["ShownBlock", "address", "shown"]
