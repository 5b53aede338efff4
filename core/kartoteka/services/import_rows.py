"""Read the rows of a file into drafts of records, and keep the account of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, KartotekaError, Rejected
from kartoteka.fields.kinds import PLAIN, Reading, Reference, Text_
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services.contact_lists import taken_apart
from kartoteka.services.import_file import Row
from kartoteka.services.import_mapping import Mapped
from kartoteka.services.records import parse_values

Outcome = Literal["created", "updated", "unchanged", "rejected"]
MOST_CELL = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a row was rejected: its number in the file (the header is 1), its column, a sentence."""

    row: int
    column: str
    reason: str


@dataclass(kw_only=True, slots=True)
class Report:
    """What became of a file. Created, updated, unchanged and rejected rows make all its rows."""

    entity: str
    batch: str = ""
    dry_run: bool = False
    rows_total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    #: New records with the name of one that was there before; counted when no key was given.
    alike: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])
    mapping: dict[str, str] = field(default_factory=dict[str, str])
    ignored: list[str] = field(default_factory=list[str])
    #: Records made beside the rows, such as the federal district of a region.
    also_created: list[str] = field(default_factory=list[str])

    def settle(self, drafts: Sequence[Draft]) -> None:
        """Account for rows that are finished."""
        for draft in drafts:
            outcome: Outcome = "rejected" if draft.problems else draft.outcome
            self.rows_total += 1
            setattr(self, outcome, getattr(self, outcome) + 1)
            self.problems.extend(draft.problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A phone, an address … of a row."""

    kind: str
    value: str
    normalised: str


@dataclass(kw_only=True, slots=True)
class Draft:
    """One row on its way to a record; filled step by step.

    Args:
        values: values of fields, read and checked.
        labels: references still by their text.
        links: texts for what is not a field: the client of a contact, the source of a client.
        record: the record, once it is found or made.
    """

    row: int
    columns: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    links: dict[str, str] = field(default_factory=dict[str, str])
    points: list[Point] = field(default_factory=list[Point])
    problems: list[Problem] = field(default_factory=list[Problem])
    record: Any = None
    is_new: bool = True
    outcome: Outcome = "created"

    def blame(self, name: str, reason: str) -> None:
        """Reject the row because of a field."""
        self.problems.append(
            Problem(row=self.row, column=self.columns.get(name, name), reason=reason)
        )

    def refuse(self, error: KartotekaError) -> None:
        """Reject the row with the sentences of an error."""
        if isinstance(error, Invalid):
            for name, reason in error.errors.items():
                self.blame(name, reason)
        else:
            self.blame(error.field if isinstance(error, Rejected) else "", str(error))


def draft_of(
    session: Session, entity: Entity, row: Row, width: int, mapped: Sequence[Mapped]
) -> Draft:
    """Read one row; nothing is asked of the database.

    Args:
        session: its actor says which fields there are, its reading how they are read.
        entity: kind of record.
        row: the cells.
        width: how many cells the header has.
        mapped: which cell, or which constant, fills what.
    """
    draft = Draft(row=row.number, columns={item.target.code: item.column for item in mapped})
    given = len(row.cells)
    if given < width or any(cell.strip() for cell in row.cells[width:]):
        draft.blame(
            "",
            gettext(
                "The row has %(given)s cells, the header has %(width)s.", given=given, width=width
            ),
        )
        return draft
    raw: dict[str, str] = {}
    for item in mapped:
        cell = item.constant if item.index is None else row.cells[item.index]
        text = cell.strip().strip("\ufeff\u200b")
        if not text:
            continue
        if len(text) > MOST_CELL:
            draft.blame(
                item.target.code,
                gettext(
                    "This is %(length)s characters long, at most %(limit)s fit.",
                    length=len(text), limit=MOST_CELL,
                ),
            )  # fmt: skip
        elif item.target.point:
            _add_points(draft, item, text, session.info.get("reading") or Reading())
        elif item.target.field is None:
            _add_link(draft, item.target.code, text)
        elif isinstance(item.target.field.kind, Reference):
            draft.labels[item.target.code] = text
        else:
            raw[item.target.code] = text
    clean, errors = parse_values(session, entity, raw)
    draft.values.update(clean)
    for name, reason in errors.items():
        draft.blame(name, reason)
    return draft


def _add_link(draft: Draft, code: str, text: str) -> None:
    try:
        draft.links[code] = Text_(200).read(text, PLAIN)
    except ValueError as error:
        draft.blame(code, str(error))


def _add_points(draft: Draft, item: Mapped, text: str, reading: Reading) -> None:
    kind = item.target.point
    known = {(point.kind, point.normalised) for point in draft.points}
    try:
        for value, key in taken_apart(kind, text, reading):
            if (kind, key) not in known:
                draft.points.append(Point(kind=kind, value=value, normalised=key))
                known.add((kind, key))
    except ValueError as error:
        draft.problems.append(Problem(row=draft.row, column=item.column, reason=str(error)))
