"""Show what an import would do before it does anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from kartoteka_excel_import.checking.batch import (
    VERDICTS,
    WRITTEN,
    Batch,
    Named,
    Problem,
    RowSaid,
    Verdict,
)
from kartoteka_excel_import.checking.changes import (
    RowChange,
    ToldChange,
    changes_at,
    told_changes,
)
from kartoteka_excel_import.checking.check import Checker
from kartoteka_excel_import.checking.notes import ended_once
from kartoteka_excel_import.mapping.phone_country import other_region
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.reading.cells import cell_text
from kartoteka_excel_import.reading.shapes import Chunk, Layout
from kartoteka_excel_import.reading.table import Table

MOST_EXAMPLES = 10
MOST_PROBLEMS = 1_000
MOST_NAMED = 100
_LONGEST_CELL = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One row as an example of its verdict, with what was said of it."""

    row: int
    cells: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldRow:
    """A row that is held back, as a person needs it to decide.

    Args:
        clients: ids of clients that the row may mean, the surest first.
        said: what it says of its client.
        cells: head and text of its filled columns that are used.
    """

    row: int
    reason: str
    clients: Sequence[int]
    said: RowSaid
    cells: Sequence[tuple[str, str]]


@dataclass(kw_only=True, slots=True)
class Preview:
    """What would become of a file.

    Args:
        counts: of rows by verdict; together they are all rows.
        problems: the first of them; `problems_total` counts all.
        named: the first rows whose client is known by its name alone; `by_name` counts all.
        hold: is given each row that is held back.
        in_file: rows to be updated whose client an earlier row of the file brings.
        left_out, cells_left_out: rows that are taken without a cell, and those cells.
        spoilt: rows that are rejected for nothing but cells that could be left out.
        changes: of the examples, what they would change in records that are there.
        other_region: country of phones without + that fits the list, when the chosen one does not.
    """

    layout: Layout
    columns: Sequence[PlannedColumn]
    counts: Counter[Verdict] = field(default_factory=Counter[Verdict])
    blank: int = 0
    totals: int = 0
    examples: dict[Verdict, list[Example]] = field(default_factory=dict[Verdict, list[Example]])
    problems: list[Problem] = field(default_factory=list[Problem])
    problems_total: int = 0
    named: list[Named] = field(default_factory=list[Named])
    by_name: int = 0
    hold: Callable[[HeldRow], None] | None = None
    in_file: int = 0
    left_out: int = 0
    cells_left_out: int = 0
    spoilt: int = 0
    changes: list[ToldChange] = field(default_factory=list[ToldChange])
    other_region: str = ""
    _changes: list[RowChange] = field(default_factory=list[RowChange])

    @property
    def rows_total(self) -> int:
        """How many rows there are below the heads, without blank ones and totals."""
        return self.counts.total()

    def add(self, batch: Batch, chunk: Chunk) -> None:
        """Take in a checked chunk."""
        self.counts.update(batch.verdicts)
        self.blank += chunk.blank
        self.totals += len(chunk.totals)
        self.problems_total += len(batch.problems)
        self.problems += batch.problems[: max(0, MOST_PROBLEMS - len(self.problems))]
        self.by_name += len(batch.named)
        self.named += batch.named[: max(0, MOST_NAMED - len(self.named))]
        if self.hold is not None:
            self._hold(batch, self.hold)
        self.in_file += _in_file(batch)
        self.left_out += len(batch.left_out)
        if batch.left_out:
            rows = {batch.numbers[place] for place in batch.left_out}
            self.cells_left_out += sum(p.is_left_out and p.row in rows for p in batch.problems)
        self.spoilt += len(batch.spoilt)
        wanted = [
            place
            for verdict in VERDICTS
            if (lack := MOST_EXAMPLES - len(self.examples.get(verdict, ()))) > 0
            for place in _first(batch.verdicts, verdict, lack)
        ]
        said: dict[int, list[str]] = {batch.numbers[place]: [] for place in wanted}
        for problem in batch.problems:
            if problem.row in said:
                said[problem.row].append(problem.reason)
        for place in wanted:
            row = batch.numbers[place]
            if batch.verdicts[place] in WRITTEN:
                self._changes += changes_at(batch, place)
            self.examples.setdefault(batch.verdicts[place], []).append(
                Example(
                    row=row, reasons=said[row],
                    cells=[cell_text(column[place])[:_LONGEST_CELL] for column in batch.cells],
                )
            )  # fmt: skip

    def tell_changes(self, session: Session) -> None:
        """Put into words what the examples would change."""
        self.changes = told_changes(session, self._changes)

    def _hold(self, batch: Batch, hold: Callable[[HeldRow], None]) -> None:
        for one in batch.held:
            cells = [cell_text(column[one.place])[:_LONGEST_CELL] for column in batch.cells]
            hold(
                HeldRow(
                    row=one.row, reason=ended_once(one.reason), clients=one.clients, said=one.said,
                    cells=[
                        (column.head or column.letter, text)
                        for column, text in zip(self.columns, cells, strict=False)
                        if column.target and text
                    ],
                )
            )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values; `duplicate` counts the rows that are held back too."""
        counts = self.counts
        return {
            "rows_total": self.rows_total,
            "create": counts["create"],
            "update": counts["update"],
            "unchanged": counts["unchanged"],
            "duplicate": counts["duplicate"] + counts["possible"],
            "rejected": counts["rejected"],
            "possible": counts["possible"],
            "blank": self.blank,
            "totals": self.totals,
            "update_in_file": self.in_file,
            "left_out": self.left_out,
            "cells_left_out": self.cells_left_out,
            "rejected_for_cells": self.spoilt,
            "phone_region_hint": self.other_region,
            "by_name": self.by_name,
            "named": [asdict(one) for one in self.named],
            "kind": self.layout.kind,
            "sheet": self.layout.sheet,
            "header_row": self.layout.header_row,
            "encoding": self.layout.encoding,
            "delimiter": self.layout.delimiter,
            "columns": [
                {
                    "header": column.head, "letter": column.letter, "field": column.target,
                    "confidence": column.confidence, "why": column.why,
                }
                for column in self.columns
            ],
            "examples": {
                verdict: [asdict(example) for example in found]
                for verdict, found in self.examples.items()
            },
            "changes": [asdict(one) for one in self.changes],
            "problems": [
                {
                    "row": problem.row, "column": problem.column, "reason": problem.reason,
                    "is_rejection": problem.is_rejection, "is_left_out": problem.is_left_out,
                }
                for problem in self.problems
            ],
            "problems_total": self.problems_total,
        }  # fmt: skip


def preview(
    session: Session,
    table: Table,
    plan: Plan,
    told: Callable[[int], None] | None = None,
    *,
    chunks: Iterable[Chunk] | None = None,
    hold: Callable[[HeldRow], None] | None = None,
) -> Preview:
    """Check a whole file by a plan; nothing is written.

    Args:
        session: its person sees and fills only what they may.
        table: the file.
        plan: which column fills what, and how rows meet the base.
        told: called with the number of rows that are done.
        chunks: the rows, where some were taken from the table before.
        hold: is given each row that is held back; nothing of them is kept here.

    Raises:
        Unreadable: the file ends in the middle, or the plan does not fit it.
    """
    checker = Checker(session, table.layout, plan)
    found = Preview(layout=table.layout, columns=plan.columns, hold=hold)
    for number, chunk in enumerate(table.chunks() if chunks is None else chunks):
        if not number:
            found.other_region = other_region(session, plan, chunk)
        found.add(checker.check(chunk), chunk)
        if told is not None:
            told(found.rows_total)
    found.tell_changes(session)
    return found


def _in_file(batch: Batch) -> int:
    """Count the rows that complete what an earlier row of the same file brings."""
    part = batch.parts.get("client") or batch.parts.get("contact")
    if part is None or "update" not in batch.verdicts:
        return 0
    return sum(
        verdict == "update" and same is not None
        for verdict, same in zip(batch.verdicts, part.same_as, strict=True)
    )


def _first(verdicts: Sequence[Verdict], verdict: Verdict, most: int) -> list[int]:
    found: list[int] = []
    place = -1
    while len(found) < most:
        try:
            place = verdicts.index(verdict, place + 1)  # pyright: ignore[reportArgumentType]
        except ValueError:
            break
        found.append(place)
    return found


__all__ = [
    "MOST_EXAMPLES", "MOST_PROBLEMS", "Example", "HeldRow", "Preview", "preview",
]  # fmt: skip
