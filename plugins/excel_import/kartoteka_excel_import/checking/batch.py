"""Rows that were checked: what each is, what it brings, what is wrong with it; all by columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from kartoteka_excel_import.reading.shapes import Cell

#: What becomes of a row. `possible` is held back: it is only similar to a client of the base.
Verdict = Literal["create", "update", "unchanged", "duplicate", "possible", "rejected"]
VERDICTS: tuple[Verdict, ...] = (
    "create", "update", "unchanged", "duplicate", "possible", "rejected",
)  # fmt: skip
#: What is written of a row; the others leave the base as it is.
WRITTEN: frozenset[Verdict] = frozenset({"create", "update"})
#: A phone, an address …: as written in the file, and normalised.
Point = tuple[str, str]
#: By kind and normalised form of a phone, what it is: «секретарь».
Labels = Mapping[tuple[str, str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with one row.

    Args:
        row: number as the spreadsheet shows it.
        column: head of the column; empty where it is the whole row.
        is_rejection: the row is not written because of it.
        is_left_out: the row is taken without this cell.
    """

    row: int
    column: str
    reason: str
    is_rejection: bool = True
    is_left_out: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A row whose client is known by its name alone.

    Args:
        client: how the base calls it; empty: an earlier row of the file brings it.
        sure: how sure it is, 0 to 1; 0 where it is of the file.
        earlier: number of that row.
    """

    row: int
    client: str
    sure: float = 0.0
    earlier: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A row that is held back, for a person to decide.

    Args:
        place: in the batch.
        reason: why.
        clients: ids of clients the person sees that it may be, the surest first.
        said: what the row says of its client, as it is compared.
    """

    place: int
    row: int
    reason: str
    clients: tuple[int, ...]
    said: RowSaid


class RowSaid(TypedDict):
    """What a row says of its client."""

    name: str
    tax_id: str
    external_id: str
    address: str
    website: str
    region_id: int | None
    phones: list[str]
    emails: list[str]


@dataclass(kw_only=True, slots=True)
class Part:
    """One record of each row. All lists are as long as the batch.

    Args:
        entity: code of the entity.
        columns: values by field, read and checked; references are ids. A reference to another part
            of the row (`client_id`, `contact_id`, `deal_id`) is left out: the writing fills it.
        points: phones, addresses … of the record by kind.
        present: whether the row says anything of it.
        record_ids: the record of the base it is; None for a new one.
        same_as: number of the earlier row of the file that brings the same new record.
        changes: of a record that is there or comes with an earlier row: field to what is there and
            what the row says, only for fields to be changed.
    """

    entity: str
    columns: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    points: dict[str, list[tuple[Point, ...]]] = field(
        default_factory=dict[str, list[tuple[Point, ...]]]
    )
    present: list[bool]
    record_ids: list[int | None]
    same_as: list[int | None]
    changes: list[dict[str, tuple[Any, Any]] | None]


@dataclass(kw_only=True, slots=True)
class Batch:
    """Checked rows.

    Args:
        numbers: of the rows, as the spreadsheet shows them.
        parts: by code of the entity. A source of the client is a part `client_source` with
            `source_id`. A new person works for the client of the row also without a part
            `employment`.
        verdicts: one for each row.
        problems: of these rows, in their order.
        cells: the original columns.
        named: rows whose client is known by its name alone.
        held: rows that are held back until a person decides.
        labels: by place, by kind and normalised form, the words that stood beside a phone.
        left_out: places of rows that are taken without a cell.
        spoilt: places of rows that are rejected for nothing but cells that could be left out.
        added: of the first rows that add to a record which is there, the phones and addresses:
            part, kind, as written.
    """

    numbers: Sequence[int]
    parts: dict[str, Part]
    verdicts: list[Verdict]
    problems: list[Problem]
    cells: Sequence[Sequence[Cell]]
    named: Sequence[Named] = ()
    held: Sequence[Held] = ()
    labels: Mapping[int, Labels] = field(default_factory=dict[int, Labels])
    left_out: frozenset[int] = frozenset()
    spoilt: frozenset[int] = frozenset()
    added: Mapping[int, Sequence[tuple[str, str, str]]] = field(
        default_factory=dict[int, Sequence[tuple[str, str, str]]]
    )

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.numbers)


__all__ = [
    "VERDICTS", "WRITTEN", "Batch", "Held", "Labels", "Named", "Part", "Point", "Problem",
    "RowSaid", "Verdict",
]  # fmt: skip
