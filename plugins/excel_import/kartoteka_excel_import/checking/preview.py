"""Show what an import would do before it does anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from kartoteka_excel_import.checking.batch import (
    VERDICTS,
    Batch,
    Named,
    Problem,
    RowSaid,
    Verdict,
)
from kartoteka_excel_import.checking.check import Checker
from kartoteka_excel_import.checking.notes import ended_once
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
            self.examples.setdefault(batch.verdicts[place], []).append(
                Example(
                    row=row, reasons=said[row],
                    cells=[cell_text(column[place])[:_LONGEST_CELL] for column in batch.cells],
                )
            )  # fmt: skip

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
            "problems": [
                {
                    "row": problem.row, "column": problem.column, "reason": problem.reason,
                    "is_rejection": problem.is_rejection,
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
    for chunk in table.chunks() if chunks is None else chunks:
        found.add(checker.check(chunk), chunk)
        if told is not None:
            told(found.rows_total)
    return found


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
