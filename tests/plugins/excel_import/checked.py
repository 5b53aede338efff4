"""Lists for the tests of mapping and checking, and what was found in one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.testing import Firm
from kartoteka_excel_import.checking.batch import Batch, Problem
from kartoteka_excel_import.checking.check import Checker
from kartoteka_excel_import.checking.preview import Preview, preview
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.orders import ordered
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.mapping.targets import targets_for
from kartoteka_excel_import.reading.shapes import Chunk, Head, Layout
from kartoteka_excel_import.reading.table import open_table


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A list that was checked."""

    plan: Plan
    batches: list[Batch]

    @property
    def verdicts(self) -> list[str]:
        return [verdict for batch in self.batches for verdict in batch.verdicts]

    @property
    def problems(self) -> list[Problem]:
        return [problem for batch in self.batches for problem in batch.problems]

    @property
    def reasons(self) -> list[str]:
        return [problem.reason for problem in self.problems]

    def part(self, code: str) -> Any:
        (batch,) = self.batches
        return batch.parts[code]


@contextmanager
def acting(firm: Firm, who: str | None = None) -> Generator[Session]:
    """Open a session in which a person acts, with the translations of the application."""
    with firm.app.app_context(), firm.session(who, way="import") as session:
        yield session


def layout_of(heads: Sequence[str]) -> Layout:
    """Return the layout of a list with these heads."""
    return Layout(
        kind="csv", encoding="utf-8", delimiter=",", sheets=(), sheet="", header_row=1,
        heads=tuple(
            Head(title=head or chr(65 + place), letter=chr(65 + place), is_named=bool(head))
            for place, head in enumerate(heads)
        ),
    )  # fmt: skip


def chunk_of(rows: Sequence[Sequence[Any]], first: int = 2) -> Chunk:
    """Return rows as a chunk; an empty text is an empty cell."""
    cells = [[cell if cell != "" else None for cell in row] for row in rows]
    columns = [list(column) for column in zip(*cells, strict=True)]
    return Chunk(numbers=list(range(first, first + len(rows))), columns=columns)


def guessed(
    session: Session, heads: Sequence[str], rows: Sequence[Sequence[Any]] = ()
) -> dict[str, str]:
    """Return what the columns of a list would fill, those that are used."""
    plan = guess(session, layout_of(heads), [chunk_of(rows)] if rows else [])
    return {column.head: column.target for column in plan.columns if column.target}


def checked(
    session: Session, heads: Sequence[str], rows: Sequence[Sequence[Any]],
    targets: Sequence[str] = (), cut: int = 0, made_by: str = "", **how: Any,
) -> Checked:  # fmt: skip
    """Check a list.

    Args:
        targets: of the columns; without them they are guessed.
        cut: rows of one chunk; 0 for all of them.
        how: further values of the plan.
    """
    layout = layout_of(heads)
    plan = guess(session, layout, [chunk_of(rows)])
    if targets:
        columns = (
            replace(column, target=target)
            for column, target in zip(plan.columns, targets, strict=True)
        )
        plan = replace(plan, columns=tuple(columns))
    plan = replace(plan, **how)
    checker = Checker(session, layout, plan, made_by)
    size = cut or len(rows)
    return Checked(
        plan=plan,
        batches=[
            checker.check(chunk_of(rows[start : start + size], first=start + 2))
            for start in range(0, len(rows), size)
        ],
    )


def previewed(
    session: Session, path: Path, orders: Sequence[tuple[str, str]] = (), **how: Any
) -> Preview:
    """Read a file, guess what its columns fill and say what would become of it."""
    with open_table(path) as table:
        rows = table.chunks()
        first = next(rows, None)
        taken = [] if first is None else [first]
        plan = guess(session, table.layout, taken)
        plan = ordered(plan, orders, targets_for(session))
        return preview(session, table, replace(plan, **how), chunks=chain(taken, rows))


MakeFirm = Callable[..., Firm]
__all__ = [
    "Checked", "MakeFirm", "acting", "checked", "chunk_of", "guessed", "layout_of", "previewed",
]  # fmt: skip
