"""Read a chunk into the records its rows speak of; nothing is compared yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import (
    Money,
    Reading,
    Reference,
    Unreadable,
    broken,
    editable_fields,
    gettext,
    registry_of,
)
from kartoteka_excel_import.checking.amounts import amount_of
from kartoteka_excel_import.checking.batch import Point
from kartoteka_excel_import.checking.columns import FieldColumn, PointColumn, joined
from kartoteka_excel_import.checking.links import Links
from kartoteka_excel_import.checking.notes import Notes
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.mapping.targets import PARTS, Target, targets_for
from kartoteka_excel_import.reading.cells import column_of
from kartoteka_excel_import.reading.sentences import fault_in_words
from kartoteka_excel_import.reading.shapes import Cell, Chunk, Layout

#: Links between the records of a row, which the writing fills in.
_OWN_LINKS = frozenset({"client_id", "contact_id", "dmu_id", "deal_id"})


@dataclass(kw_only=True, slots=True)
class Draft:
    """What the rows of a chunk say of one of their records.

    Args:
        lacking: of rows without what a new record must have: field and sentence.
        heads: the column of the file by field, for problems.
        silent: fields that an empty cell never empties: no column fills them.
    """

    part: str
    model: type[Any]
    columns: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    points: dict[str, list[tuple[Point, ...]]] = field(
        default_factory=dict[str, list[tuple[Point, ...]]]
    )
    present: list[bool] = field(default_factory=list[bool])
    lacking: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    heads: Mapping[str, str] = field(default_factory=dict[str, str])
    silent: frozenset[str] = frozenset()

    def value(self, name: str, place: int) -> Any:
        """Return a value of a row; None when the file says nothing."""
        column = self.columns.get(name)
        return None if column is None else column[place]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """The columns that fill one target together, or the one text that does."""

    target: Target
    places: tuple[int, ...] = ()
    constant: str | None = None
    head: str = ""


class Drafts:
    """Reads the chunks of one file by its plan.

    Raises:
        Unreadable: the plan names a column or a target that is not there.
    """

    def __init__(self, session: Session, layout: Layout, plan: Plan) -> None:
        registry = registry_of(session)
        reading: Reading = session.info.get("reading") or Reading()
        if plan.region:
            reading = replace(reading, region=plan.region)
        self._links = Links(session)
        self._heads = {head.letter: head.title for head in layout.heads}
        self._width = len(layout.heads)
        targets = targets_for(session)
        #: How the field is called without which a row says nothing.
        self.first_title = next((one.title for one in targets.values()), "")
        self._sources = _sources(plan, targets, self._width)
        self.parts = tuple(
            part for part in PARTS
            if any(s.target.part == part and s.places for s in self._sources)
        )  # fmt: skip
        if {"client", "contact"} <= set(self.parts) and "employment" not in self.parts:
            self.parts = tuple(p for p in PARTS if p in self.parts or p == "employment")
        self._models = {part: registry.entity(part).model for part in PARTS}
        self._readers: dict[str, FieldColumn | PointColumn] = {}
        for source in self._sources:
            target = source.target
            if target.point:
                self._readers.setdefault(target.code, PointColumn(target.point, reading))
            elif target.field is not None and not isinstance(target.field.kind, Reference):
                self._readers[target.code] = FieldColumn(target.field, reading)
        #: By the code of an amount, the field that holds its currency.
        self._currencies = _currencies(self._sources, targets)
        self._demanded = {
            part: {
                name: str(item.title)
                for name, item in editable_fields(session, registry.entity(part)).items()
                if item.required and item.default is None and name not in _OWN_LINKS
            }
            for part in PARTS
        }
        self._titles = {
            part: {name: str(item.title) for name, item in registry.fields(part).items()}
            for part in PARTS
        }

    def read(self, chunk: Chunk, notes: Notes) -> dict[str, Draft]:
        """Return the drafts of a chunk by part; what does not pass is noted."""
        self._notes = notes
        #: By place, kind and normalised form, what stood beside a phone of this chunk.
        self.labels: dict[int, dict[tuple[str, str], str]] = {}
        #: By part and field of the currency, the currency beside an amount by place.
        self._beside: dict[tuple[str, str], dict[int, str]] = {}
        self._note_faults(chunk, notes)
        drafts = {part: self._draft(part) for part in self.parts}
        count = len(chunk.numbers)
        for source in self._sources:
            if source.target.part in drafts:
                self._fill(drafts[source.target.part], source, chunk, count, notes)
        for draft in drafts.values():
            draft.present = self._present(draft, count)
            self._add_currencies(draft, count)
        _give_points_to_the_client(drafts)
        _link(drafts, notes)
        for draft in drafts.values():
            self._find_lacking(draft, count)
            _check_agreements(draft, notes, count, self._titles[draft.part])
        return drafts

    def _draft(self, part: str) -> Draft:
        heads = {
            source.target.name or source.target.point: source.head
            for source in self._sources
            if source.target.part == part and source.head
        }
        return Draft(part=part, model=self._models[part], heads={**self._titles[part], **heads})

    def _fill(self, draft: Draft, source: _Source, chunk: Chunk, count: int, notes: Notes) -> None:
        target = source.target
        cells: Sequence[Cell]
        if source.constant is not None:
            cells = [source.constant] * count
        elif target.point:
            self._fill_points(draft, source, chunk, notes)
            return
        else:
            cells = joined([chunk.columns[place] for place in source.places], target.joins)
        if target.code in self._currencies:
            cells = self._without_currencies(source, cells, notes)
        if target.point:
            found = self._readers[target.code].read(cells)
            draft.points.setdefault(target.point, found.values)
        else:
            kind = target.field.kind if target.field is not None else None
            if isinstance(kind, Reference):
                found = self._links.read(kind.table, cells)
            else:
                found = self._readers[target.code].read(cells)
            draft.columns[target.name] = found.values
        is_needed = source.constant is not None or (
            target.field is not None and target.field.required
        )
        notes.refuse_cells(source.head or target.title, found.errors, is_needed=is_needed)

    def _without_currencies(
        self, source: _Source, cells: Sequence[Cell], notes: Notes
    ) -> Sequence[Cell]:
        """Return amounts without the currencies beside them, and keep these for their own field."""
        name = self._currencies[source.target.code]
        part = source.target.part
        found = self._beside.setdefault((part, name), {})
        plain = list(cells)
        for place, cell in enumerate(cells):
            if type(cell) is not str or (read := amount_of(cell)) is None:
                continue
            plain[place], code = read
            if found.setdefault(place, code) != code:
                notes.reject(
                    place, source.head or source.target.title,
                    gettext("The amounts of this row are in several currencies."),
                )  # fmt: skip
        return plain

    def _add_currencies(self, draft: Draft, count: int) -> None:
        """Fill the currencies of amounts from what stands beside them in the cells."""
        names = {
            name for code, name in self._currencies.items() if code.startswith(f"{draft.part}.")
        }
        draft.silent = frozenset(name for name in names if name not in draft.columns)
        for name in sorted(names):
            column = draft.columns.setdefault(name, [None] * count)
            for place, code in self._beside.get((draft.part, name), {}).items():
                if column[place] is None:
                    column[place] = code
                elif column[place] != code:
                    self._notes.reject(
                        place, draft.heads.get(name, name),
                        gettext(
                            "The amount is in %(one)s, its currency says %(other)s.",
                            one=code, other=column[place],
                        ),
                    )  # fmt: skip

    def _fill_points(self, draft: Draft, source: _Source, chunk: Chunk, notes: Notes) -> None:
        for place in source.places:
            found = self._readers[source.target.code].read(chunk.columns[place])
            notes.refuse_cells(self._head_at(place), found.errors, is_needed=False)
            for at, labels in found.labels.items():
                mine = self.labels.setdefault(at, {})
                for key, label in labels.items():
                    mine.setdefault((source.target.point, key), label)
            before = draft.points.get(source.target.point)
            draft.points[source.target.point] = (
                found.values if before is None else _together(before, found.values)
            )

    def _head_at(self, place: int) -> str:
        return list(self._heads.values())[place]

    def _present(self, draft: Draft, count: int) -> list[bool]:
        filled = {
            source.target.name for source in self._sources
            if source.target.part == draft.part and source.constant is None
        }  # fmt: skip
        present = [False] * count
        for name, column in draft.columns.items():
            if name in filled:
                present = [
                    was or value is not None for was, value in zip(present, column, strict=True)
                ]
        for column in draft.points.values():
            present = [was or bool(value) for was, value in zip(present, column, strict=True)]
        return present

    def _find_lacking(self, draft: Draft, count: int) -> None:
        for name in self._demanded[draft.part]:
            column = draft.columns.get(name)
            for place in range(count):
                if draft.present[place] and (column is None or column[place] is None):
                    draft.lacking.setdefault(place, {})[name] = gettext("Fill this in.")

    def _note_faults(self, chunk: Chunk, notes: Notes) -> None:
        places = {number: place for place, number in enumerate(chunk.numbers)}
        for fault in chunk.faults:
            if fault.row in places:
                head = self._heads.get(fault.letter, fault.letter)
                notes.remark(places[fault.row], head, fault_in_words(fault))


def _sources(plan: Plan, targets: Mapping[str, Target], width: int) -> list[_Source]:
    found: dict[str, _Source] = {}
    for code, text in plan.constants:
        target = _target(code, targets)
        found[code] = _Source(target=target, constant=text.strip() or None)
    for column in plan.columns:
        if not column.target or column.target in dict(plan.constants):
            continue
        target = _target(column.target, targets)
        place = column_of(column.letter)
        if place >= width:
            raise Unreadable(
                gettext("The file has no column %(column)r.", column=column.head or column.letter)
            )
        known = found.get(target.code)
        if known is None:
            found[target.code] = _Source(target=target, places=(place,), head=column.head)
        elif target.takes_many:
            found[target.code] = replace(known, places=(*known.places, place))
        else:
            raise Unreadable(
                gettext("Two columns would fill %(target)r. Choose one.", target=target.code)
            )
    return [source for source in found.values() if source.places or source.constant]


def _currencies(sources: Sequence[_Source], targets: Mapping[str, Target]) -> dict[str, str]:
    """Return by the code of each amount of the file the field of its currency, if it is filled."""
    found: dict[str, str] = {}
    for source in sources:
        target = source.target
        if target.field is None or not isinstance(target.field.kind, Money):
            continue
        name = target.field.kind.currency_column(target.name)
        if source.places and f"{target.part}.{name}" in targets:
            found[target.code] = name
    return found


def _target(code: str, targets: Mapping[str, Target]) -> Target:
    if code not in targets:
        raise Unreadable(
            gettext(
                "There is no field %(word)r. There are: %(known)s.",
                word=code, known=", ".join(targets),
            )
        )  # fmt: skip
    return targets[code]


def _together(
    before: Sequence[tuple[Point, ...]], more: Sequence[tuple[Point, ...]]
) -> list[tuple[Point, ...]]:
    """Return the points of two columns, equal ones once."""
    return [
        (*old, *(point for point in new if point[1] not in {key for _value, key in old}))
        if old and new else old or new
        for old, new in zip(before, more, strict=True)
    ]  # fmt: skip


def _give_points_to_the_client(drafts: Mapping[str, Draft]) -> None:
    """In a row without a person its phones are those of the client."""
    client, contact = drafts.get("client"), drafts.get("contact")
    if client is None or contact is None:
        return
    names = contact.columns.get("name")
    for place, is_there in enumerate(contact.present):
        if not is_there or not client.present[place] or (names and names[place] is not None):
            continue
        if any(column[place] is not None for column in contact.columns.values()):
            continue
        contact.present[place] = False
        for kind, column in contact.points.items():
            if column[place]:
                mine = client.points.setdefault(kind, [()] * len(client.present))
                mine[place] = _together([mine[place]], [column[place]])[0]
                column[place] = ()


def _link(drafts: Mapping[str, Draft], notes: Notes) -> None:
    """Say in which rows there is a place of work, a member of a DMU, a source of the client."""
    client, contact = drafts.get("client"), drafts.get("contact")
    count = len(next(iter(drafts.values())).present) if drafts else 0
    nobody = [False] * count
    clients = client.present if client is not None else nobody
    people = contact.present if contact is not None else nobody
    if (source := drafts.get("client_source")) is not None:
        source.present = [a and b for a, b in zip(source.present, clients, strict=True)]
    for part in ("employment", "dmu_member"):
        draft = drafts.get(part)
        if draft is None:
            continue
        said, draft.present = draft.present, people
        if part == "dmu_member":
            draft.present = [a and b for a, b in zip(said, people, strict=True)]
        else:
            # A person without a client works nowhere, unless the row says as what.
            draft.present = [b and (a or c) for a, b, c in zip(said, people, clients, strict=True)]
        for place, is_said in enumerate(said):
            if is_said and not people[place]:
                name = next(n for n, column in draft.columns.items() if column[place] is not None)
                notes.remark(
                    place, draft.heads.get(name, name), gettext("The row names no person for this.")
                )


def _check_agreements(draft: Draft, notes: Notes, count: int, titles: Mapping[str, str]) -> None:
    agreements = [
        one for one in draft.model.agreements if all(name in draft.columns for name in one.fields)
    ]
    names = {name for one in agreements for name in one.fields}
    if not agreements:
        return
    for place in range(count):
        values = {name: draft.columns[name][place] for name in names}
        for name, sentence in broken(agreements, values, names):
            notes.reject(place, draft.heads.get(name, titles.get(name, name)), str(sentence))


__all__ = ["Draft", "Drafts"]
