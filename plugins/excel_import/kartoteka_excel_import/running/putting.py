"""Write the parts of rows in the order in which they hang on each other, set-wise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Dmu,
    Entity,
    Invalid,
    Rejected,
    create_many,
    editable_fields,
    gettext,
    registry_of,
    update_many,
)
from kartoteka_excel_import.checking.batch import Batch, Part
from kartoteka_excel_import.running.places import Places
from kartoteka_excel_import.running.points import Points, last_point

#: Who hangs on whom stands further back; what plugins bring comes last.
_ORDER = ("client", "contact", "employment", "client_source", "deal", "dmu_member", "purchase")
_HOLDERS = ("client", "contact")
#: A list of addresses proves no consent, and must not turn a withdrawn one on.
NEVER = frozenset({"consent"})


class Putting:
    """Some rows on their way into the base, in one savepoint; told only when all of them went."""

    def __init__(
        self, session: Session, places: Places, owner_id: int | None, batch: Batch,
        rows: Sequence[int],
    ) -> None:  # fmt: skip
        """Args: see `Writer`; `rows` are places in the batch."""
        self.session = session
        self.places = places
        self.owner_id = owner_id
        self.batch = batch
        self.rows = rows
        self.entities = registry_of(session).entities
        #: The part that is being written, so that whoever is refused can be told of what.
        self.part = ""
        #: Records by part and number of the row that brought them.
        self.ids: dict[str, dict[int, int]] = {}
        #: By entity: row and record.
        self.made: dict[str, list[tuple[int, int]]] = {}
        self.changed: dict[str, list[tuple[int, int]]] = {}
        #: Row, part and field that somebody changed since the check; they were left.
        self.stale: list[tuple[int, str, str]] = []

    def run(self) -> None:
        """Write the parts, those first on which others hang."""
        parts = self.batch.parts
        ranks = {code: rank for rank, code in enumerate(_ORDER)}
        for code in sorted(parts, key=lambda code: ranks.get(code, len(ranks))):
            self.part = code
            if code in NEVER:
                raise Rejected(gettext("Consents are not imported: each needs its proof."))
            entity = self.entities[parts[code].entity]
            self.create(entity, code, parts[code])
            self.update(entity, code, parts[code])
            if code == "contact":
                self.employ()
        for code in _HOLDERS:
            if code in parts and parts[code].points:
                self.part = code
                self.add_points(code, parts[code])
        for code, ids in self.ids.items():
            self.places.keep(code, ids.items())

    def record_of(self, code: str, row: int) -> int | None:
        """Return the record a row means, found or made; None when it names none."""
        part = self.batch.parts.get(code)
        if part is None or not part.present[row]:
            return None
        known = part.record_ids[row]
        if known is not None:
            return known
        number = self.number_of(part, row)
        return self.ids.get(code, {}).get(number) or self.places.find(code, number)

    def number_of(self, part: Part, row: int) -> int:
        """Return which row of the file brings the new record of this row."""
        other = part.same_as[row]
        return self.batch.numbers[row] if other is None else other

    def create(self, entity: Entity, code: str, part: Part) -> None:
        """Add what neither the base nor an earlier row has."""
        new: dict[int, int] = {}
        for row in self.rows:
            if part.present[row] and self.record_of(code, row) is None:
                new.setdefault(self.number_of(part, row), row)
        if not new:
            return
        rows = list(new.values())
        columns: dict[str, Sequence[Any]] = {
            name: [column[row] for row in rows] for name, column in part.columns.items()
        }
        columns.update(self.links(entity, code, part, rows))
        self.give_owner(code, columns, rows)
        self.demand(entity, columns)
        points = self.points_of_new(part, list(new))
        before = last_point(self.session) if points.rows else 0
        ids = create_many(self.session, entity, columns, points=points.columns())
        self.ids.setdefault(code, {}).update(zip(new, ids, strict=True))
        self.tell(self.made, entity.code, rows, ids)
        if points.rows:
            found = points.made_with(self.session, code, ids, before)
            self.tell(self.made, "contact_point", *found)

    def points_of_new(self, part: Part, numbers: Sequence[int]) -> Points:
        """Return the phones and addresses that come with new records, from all rows that say so."""
        points = Points()
        at = {number: place for place, number in enumerate(numbers)}
        for kind, cells in part.points.items():
            for row in self.rows:
                if cells[row] and part.present[row] and part.record_ids[row] is None:
                    place = at.get(self.number_of(part, row))
                    if place is not None:
                        points.take(place, kind, cells[row], row, self.batch.labels.get(row))
        return points

    def employ(self) -> None:
        """Let new people work for the client of their row, where the file says no more of it."""
        said = self.batch.parts.get("employment")
        pairs = [
            (row, client, contact)
            for row, contact in self.made.get("contact", ())
            if not (said is not None and said.present[row])
            and (client := self.record_of("client", row)) is not None
        ]
        if pairs:
            rows = [row for row, _client, _contact in pairs]
            columns = {
                "client_id": [client for _row, client, _contact in pairs],
                "contact_id": [contact for _row, _client, contact in pairs],
            }
            ids = create_many(self.session, self.entities["employment"], columns)
            self.tell(self.made, "employment", rows, ids)

    def demand(self, entity: Entity, columns: Mapping[str, Sequence[Any]]) -> None:
        """Name what is missing before the database does.

        Raises:
            Invalid: for a field that every record must have.
        """
        for name, item in editable_fields(self.session, entity).items():
            if item.required and item.default is None:
                values = columns.get(name)
                if values is None or any(value is None for value in values):
                    raise Invalid({name: gettext("Fill this in.")})

    def links(
        self, entity: Entity, code: str, part: Part, rows: Sequence[int]
    ) -> dict[str, list[Any]]:
        """Lead records to the other records of their rows."""
        fields = registry_of(self.session).fields(entity)
        found: dict[str, list[Any]] = {
            f"{other}_id": [self.record_of(other, row) for row in rows]
            for other in self.batch.parts
            if other != code and f"{other}_id" in fields and f"{other}_id" not in part.columns
        }
        if "dmu_id" in fields and "dmu_id" not in part.columns:
            found["dmu_id"] = self.units(rows, found.get("client_id") or [])
        return found

    def units(self, rows: Sequence[int], clients: Sequence[int | None]) -> list[int | None]:
        """Return the decision-making unit of the client of each row; made where there is none."""
        wanted = {client: row for client, row in zip(clients, rows, strict=False) if client}
        pairs: Any = self.session.execute(
            select(Dmu.client_id, func.min(Dmu.id))
            .where(Dmu.client_id.in_(sorted(wanted)), Dmu.deal_id.is_(None))
            .group_by(Dmu.client_id)
        )
        known: dict[int, int] = dict(pairs.all())
        new = [client for client in wanted if client not in known]
        if new:
            entity = self.entities["dmu"]
            columns = {"client_id": new, "title": [str(entity.title)] * len(new)}
            ids = create_many(self.session, entity, columns)
            known.update(zip(new, ids, strict=True))
            self.tell(self.made, "dmu", [wanted[client] for client in new], ids)
        return [known.get(client or 0) for client in clients]

    def give_owner(self, code: str, columns: dict[str, Sequence[Any]], rows: Sequence[int]) -> None:
        """Say whose a new client or person is: the row, else the plan, else the rules say it."""
        if code not in _HOLDERS:
            return
        client = self.batch.parts.get("client")
        theirs = client.columns.get("owner_id") if client is not None else None
        mine = columns.get("owner_id") or [None] * len(rows)
        found = [
            own or (theirs[row] if theirs is not None else None) or self.owner_id
            for own, row in zip(mine, rows, strict=True)
        ]
        if any(found):
            columns["owner_id"] = found

    def update(self, entity: Entity, code: str, part: Part) -> None:
        """Change what is there, where nobody did so since the check; two statements for all."""
        rows = [row for row in self.rows if part.changes[row]]
        if not rows:
            return
        numbers = [self.record_of(code, row) or 0 for row in rows]
        wanted: dict[int, dict[str, Any]] = {number: {} for number in numbers}
        names = sorted({name for row in rows for name in part.changes[row] or ()})
        here = self.values_of(entity, wanted, names)
        for row, number in zip(rows, numbers, strict=True):
            for name, (old, new) in (part.changes[row] or {}).items():
                # What an earlier row of the list made holds a default by now.
                if part.record_ids[row] is None or here[number][name] == old:
                    wanted[number].setdefault(name, new)
                else:
                    self.stale.append((row, code, name))
        columns = {
            name: [wanted[number].get(name, here[number][name]) for number in wanted]
            for name in names
        }
        update_many(self.session, entity, list(wanted), columns)
        self.tell(self.changed, entity.code, rows, numbers)

    def values_of(
        self, entity: Entity, ids: Iterable[int], names: Sequence[str]
    ) -> dict[int, dict[str, Any]]:
        """Return what fields of records hold now.

        Raises:
            Rejected: a record is not there any more.
        """
        model = entity.model
        columns = [getattr(model, name) for name in names]
        wanted = sorted(ids)
        found = {
            number: dict(zip(names, values, strict=True))
            for number, *values in self.session.execute(
                select(model.id, *columns).where(model.id.in_(wanted))
            )
        }
        if len(found) < len(wanted):
            raise Rejected(gettext("The record was deleted while the list was imported."))
        return found

    def add_points(self, code: str, part: Part) -> None:
        """Add phones, addresses … that a record which was there before does not have yet."""
        made = {number for _row, number in self.made.get(code, ())}
        points = Points()
        for kind, cells in part.points.items():
            for row in self.rows:
                holder = self.record_of(code, row) if cells[row] else None
                if holder is not None and holder not in made:
                    points.take(holder, kind, cells[row], row, self.batch.labels.get(row))
        if not points.rows:
            return
        points.leave_out(self.session, code)
        if points.rows:
            columns = points.columns(f"{code}_id")
            ids = create_many(self.session, self.entities["contact_point"], columns or {})
            self.tell(self.made, "contact_point", list(points.rows.values()), ids)

    def tell(
        self, where: dict[str, list[tuple[int, int]]], entity: str, rows: Sequence[int],
        ids: Sequence[int],
    ) -> None:  # fmt: skip
        """Note which row made or changed which record."""
        where.setdefault(entity, []).extend(zip(rows, ids, strict=True))


__all__ = ["NEVER", "Putting"]
