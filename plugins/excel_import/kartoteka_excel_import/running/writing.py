"""Write checked rows: all records of a row or none, with the account of what each row made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Change,
    Client,
    ContactPoint,
    Dmu,
    Entity,
    Halves,
    Invalid,
    KartotekaError,
    Rejected,
    gettext,
    registry_of,
    unscoped,
)
from kartoteka_excel_import.checking.batch import WRITTEN, Batch, Part, Point, Problem
from kartoteka_excel_import.running.accounts import Account
from kartoteka_excel_import.running.places import Places
from kartoteka_excel_import.running.putting import create_many, update_many

#: Who hangs on whom stands further back; what plugins bring comes last.
_ORDER = ("client", "contact", "employment", "client_source", "deal", "dmu_member", "purchase")
_HOLDERS = ("client", "contact")
#: A list of addresses proves no consent, and must not turn a withdrawn one on.
NEVER = frozenset({"consent"})


@dataclass(kw_only=True, slots=True)
class Written:
    """What became of some rows of a batch: their account, and what was wrong in them."""

    account: Account
    problems: list[Problem] = field(default_factory=list[Problem])


class Writer:
    """The writing of one file.

    Args:
        session: its actor signs the records, by the way `import` and with the batch of the run.
        places: which records the rows brought so far.
        heads: column of the file by the code of what it fills (`client.name`).
        owner_id: who gets new clients and people of whom the file does not say it.
    """

    def __init__(
        self, session: Session, places: Places, heads: Mapping[str, str], owner_id: int | None
    ) -> None:
        self.session = session
        self.places = places
        self.heads = heads
        self.owner_id = owner_id
        self.entities = registry_of(session).entities
        self.halves = Halves(session, Client.__table__)  # pyright: ignore[reportArgumentType]
        #: The part that was being written when the database or a rule said no.
        self.part = ""

    def write(self, batch: Batch, first: int, last: int) -> Written:
        """Write the rows from place `first` to before `last`, in the caller's transaction."""
        written = Written(
            account=Account(
                numbers=list(batch.numbers[first:last]), verdicts=batch.verdicts[first:last],
                since=self._last_change(),
            )
        )  # fmt: skip
        numbers = set(written.account.numbers)
        written.problems = [one for one in batch.problems if one.row in numbers]

        def put(rows: Sequence[int], _again: bool) -> None:
            _Putting(self, batch, rows, first, written).run()

        def refuse(row: int, error: KartotekaError) -> None:
            written.account.verdicts[row - first] = "rejected"
            written.problems.extend(self._reasons(batch.numbers[row], error))

        wanted = [row for row in range(first, last) if batch.verdicts[row] in WRITTEN]
        self.halves.write(wanted, put, refuse)
        written.account.until = self._last_change()
        written.problems.sort(key=lambda one: one.row)
        return written

    def _reasons(self, row: int, error: KartotekaError) -> list[Problem]:
        errors = {error.field if isinstance(error, Rejected) else "": str(error)}
        if isinstance(error, Invalid):
            errors = dict(error.errors)
        return [
            Problem(row=row, column=self.column_of(self.part, name), reason=reason)
            for name, reason in errors.items()
        ]

    def column_of(self, entity: str, name: str) -> str:
        """Return the column that fills a field, else how the field is called."""
        if not name:
            return ""
        if head := self.heads.get(f"{entity}.{name}"):
            return head
        fields = registry_of(self.session).fields(entity) if entity in self.entities else {}
        return str(fields[name].title) if name in fields else name

    def _last_change(self) -> int:
        with unscoped(self.session, "where does the history of this chunk begin and end?"):
            return self.session.scalar(select(func.max(Change.id))) or 0


class _Putting:
    """Some rows on their way into the base, in one savepoint; told only when all of them went."""

    def __init__(
        self, writer: Writer, batch: Batch, rows: Sequence[int], first: int, written: Written
    ) -> None:
        self.writer = writer
        self.session = writer.session
        self.batch = batch
        self.rows = rows
        self.first = first
        self.written = written
        #: Records by entity and number of the row that brought them.
        self.ids: dict[str, dict[int, int]] = {}
        self.made: dict[str, list[tuple[int, int]]] = {}
        self.changed: dict[str, list[tuple[int, int]]] = {}
        self.notes: list[Problem] = []

    def run(self) -> None:
        """Write the parts, those first on which others hang."""
        parts = self.batch.parts
        ranks = {code: rank for rank, code in enumerate(_ORDER)}
        for code in sorted(parts, key=lambda code: ranks.get(code, len(ranks))):
            self.writer.part = code
            if code in NEVER:
                raise Rejected(gettext("Consents are not imported: each needs its proof."))
            entity = self.writer.entities[parts[code].entity]
            self.create(entity, code, parts[code])
            self.update(entity, code, parts[code])
        for code in _HOLDERS:
            if code in parts and parts[code].points:
                self.writer.part = code
                self.add_points(code, parts[code])
        for code, ids in self.ids.items():
            self.writer.places.keep(code, ids.items())
        for mine, kept in (
            (self.made, self.written.account.made), (self.changed, self.written.account.changed)
        ):  # fmt: skip
            for code, pairs in mine.items():
                kept.setdefault(code, []).extend(pairs)
        self.written.problems.extend(self.notes)

    def record_of(self, code: str, row: int) -> int | None:
        """Return the record a row means, found or made; None when it names none."""
        part = self.batch.parts.get(code)
        if part is None or not part.present[row]:
            return None
        known = part.record_ids[row]
        if known is not None:
            return known
        number = self.number_of(part, row)
        return self.ids.get(code, {}).get(number) or self.writer.places.find(code, number)

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
        ids = create_many(self.session, entity, columns)
        self.ids.setdefault(code, {}).update(zip(new, ids, strict=True))
        self.tell(self.made, entity.code, rows, ids)

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
        pairs = self.session.execute(
            select(Dmu.client_id, func.min(Dmu.id))
            .where(Dmu.client_id.in_(sorted(wanted)), Dmu.deal_id.is_(None))
            .group_by(Dmu.client_id)
        )
        known: dict[int, int] = dict(pairs.tuples().all())
        new = [client for client in wanted if client not in known]
        if new:
            entity = self.writer.entities["dmu"]
            columns = {"client_id": new, "title": [str(entity.title)] * len(new)}
            ids = create_many(self.session, entity, columns)
            known.update(zip(new, ids, strict=True))
            self.tell(self.made, "dmu", [wanted[client] for client in new], ids)
        return [known.get(client or 0) for client in clients]

    def give_owner(self, code: str, columns: dict[str, Sequence[Any]], rows: Sequence[int]) -> None:
        """Say whose a new client or person is: the file, else who imports it, else the rules."""
        if code not in _HOLDERS or "owner_id" in columns:
            return
        client = self.batch.parts.get("client")
        given = client.columns.get("owner_id") if client is not None else None
        if given is not None or self.writer.owner_id is not None:
            columns["owner_id"] = [
                (given[row] if given is not None else None) or self.writer.owner_id for row in rows
            ]

    def update(self, entity: Entity, code: str, part: Part) -> None:
        """Change what is there, where nobody did so since the check."""
        rows = [row for row in self.rows if part.changes[row]]
        changes = [(self.record_of(code, row) or 0, part.changes[row] or {}) for row in rows]
        if not changes:
            return
        left = update_many(self.session, entity, changes)
        for row, names in zip(rows, left, strict=True):
            self.notes.extend(
                Problem(
                    row=self.batch.numbers[row], column=self.writer.column_of(code, name),
                    reason=gettext("Somebody has changed it meanwhile; it was left."),
                    is_rejection=False,
                )
                for name in sorted(names)
            )  # fmt: skip
        self.tell(self.changed, entity.code, rows, [number for number, _pairs in changes])

    def add_points(self, code: str, part: Part) -> None:
        """Add phones, addresses … that the record does not have yet."""
        wanted: dict[tuple[int, str, str], tuple[int, Point]] = {}
        for kind, cells in part.points.items():
            for row in self.rows:
                holder = self.record_of(code, row) if cells[row] else None
                for point in cells[row] if holder else ():
                    wanted.setdefault((holder or 0, kind, point[1]), (row, point))
        made = {number for _row, number in self.made.get(code, ())}
        old = sorted({holder for holder, _kind, _key in wanted} - made)
        holder_of = getattr(ContactPoint, f"{code}_id")
        if old:
            rows = self.session.execute(
                select(holder_of, ContactPoint.kind, ContactPoint.normalised)
                .where(holder_of.in_(old))
            )  # fmt: skip
            for holder, kind, key in rows:
                wanted.pop((holder, kind, key or ""), None)
                if kind == "mobile":
                    wanted.pop((holder, "phone", key or ""), None)
        if not wanted:
            return
        entity = self.writer.entities["contact_point"]
        columns = {
            f"{code}_id": [holder for holder, _kind, _key in wanted],
            "kind": [kind for _holder, kind, _key in wanted],
            "value": [point[0] for _row, point in wanted.values()],
        }
        ids = create_many(self.session, entity, columns)
        self.tell(self.made, "contact_point", [row for row, _point in wanted.values()], ids)

    def tell(
        self, where: dict[str, list[tuple[int, int]]], entity: str, rows: Sequence[int],
        ids: Sequence[int],
    ) -> None:  # fmt: skip
        """Note which row made or changed which record."""
        places = [row - self.first for row in rows]
        where.setdefault(entity, []).extend(zip(places, ids, strict=True))


__all__ = ["NEVER", "Writer", "Written"]
