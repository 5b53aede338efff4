"""A report as JSON for programs: by REST and on the command line the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.hooks.contributions.reports import Report
from kartoteka.reports import ask as asking
from kartoteka.reports.ask import ReportAsk
from kartoteka.reports.result import Block, Cell, Head, Line, Result


def described(report: Report) -> dict[str, Any]:
    """Return what a report is and what it may be asked."""
    period = ["period", "since", "until"] if report.period else []
    return {
        "code": report.code, "title": str(report.title), "about": str(report.about),
        "parameters": [*period, *(one.code for one in report.parameters)],
    }  # fmt: skip


def answered(ask: ReportAsk, result: Result) -> dict[str, Any]:
    """Return a report with its figures; amounts are texts, by currency."""
    return {
        "code": result.code, "title": result.title, "at": result.at,
        "asked": asking.sent_for(ask),
        "tables": [_table(block) for block in result.blocks],
    }  # fmt: skip


def _table(block: Block) -> dict[str, Any]:
    return {
        "title": block.title,
        "columns": [{"code": head.code, "title": head.title, "kind": head.kind}
                    for head in block.heads],
        "rows": [_line(block, line) for line in block.lines],
        "total": None if block.total is None else _line(block, block.total),
        "figures": {head.code: _cell(head, cell) for head, cell in block.tiles},
        "count": len(block.lines) if block.whole is None else block.whole,
    }  # fmt: skip


def _line(block: Block, line: Line) -> dict[str, Any]:
    cells = zip(block.heads, line.cells, strict=True)
    return {"code": line.code, "cells": {head.code: _cell(head, cell) for head, cell in cells}}


def _cell(head: Head, cell: Cell) -> dict[str, Any]:
    value: Any = cell.value
    if head.kind == "money" and value is not None:
        value = dict(value)
    found: dict[str, Any] = {"value": value}
    if cell.opens is not None:
        opens: dict[str, Any] = {"entity": cell.opens.entity}
        if cell.opens.id is not None:
            opens["id"] = cell.opens.id
        elif isinstance(cell.opens.criteria, Mapping):
            opens["criteria"] = dict(cell.opens.criteria)
        found["rows"] = opens
    return found


__all__ = ["answered", "described"]
