"""Put a package back: rows into their tables, columns to what they were where nobody wrote since.

The one way back for what was merged and for what was deleted. Set-wise: a few statements for each
table and for each written column, however many rows. What can not be put back is counted by table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.errors import Rejected
from kartoteka.fields.field import fields_of
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.i18n import gettext
from kartoteka.merging.package import Package, Row, Written, revived, write_rows
from kartoteka.merging.ways import known_or_stranger, model_of, numbers, ways_of
from kartoteka.merging.whereabouts import MOST_TURNS, merged_into
from kartoteka.models.record import Base, Record


@dataclass(kw_only=True, slots=True)
class PutBack:
    """What came of it.

    Args:
        made, moved: rows that are there again and rows that were given back, by class.
        numbers: the number a row has now by table and the one it had, where that was taken.
        changed: rows by table that stay as somebody made them since, or are gone.
        lost: rows by table that could not come back, because what they need is gone.
    """

    made: dict[type[Record], set[int]] = field(default_factory=dict[type[Record], set[int]])
    moved: dict[type[Record], set[int]] = field(default_factory=dict[type[Record], set[int]])
    numbers: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    changed: Counter[str] = field(default_factory=Counter[str])
    lost: Counter[str] = field(default_factory=Counter[str])

    def number(self, table: str, before: int) -> int:
        """Return the number a row has now."""
        return self.numbers.get((table, before), before)


def put_back(session: Session, package: Package) -> PutBack:
    """Put a package back.

    Raises:
        Rejected: another record has a value by now that no two may have.
    """
    work = _Return(session, package)
    try:
        with session.begin_nested():
            work.rows()
            work.columns()
    except IntegrityError as error:
        raise Rejected(
            gettext("Another record has one of its values by now, which no two may have.")
        ) from error
    log.write(session, work.told)
    return work.done


class _Return:
    def __init__(self, session: Session, package: Package) -> None:
        self._session = session
        self._connection = connection_of(session)
        self._package = package
        self.done = PutBack()
        self.told: list[dict[str, Any]] = []

    def rows(self) -> None:
        """Put rows back, those that others need first."""
        waiting = [t for t in Base.metadata.sorted_tables if self._package.rows.get(t.name)]
        for table in waiting:
            self._renumber(table)
        for table in waiting:
            self._rows_of(table, list(self._package.rows[table.name].values()))

    def columns(self) -> None:
        """Write columns back, the last written first."""
        for one in reversed(self._package.written):
            table = known_or_stranger(self._connection, one.table)
            if table is not None and one.column in table.c:
                self._column(table, one)

    def _renumber(self, table: Table) -> None:
        """Give new numbers to rows whose own are taken: SQLite gives the last one again."""
        ids = self._package.rows[table.name]
        taken = self._existing(table, ids)
        if taken:
            first = self._connection.scalar(select(func.max(table.c.id))) or 0
            first = max([first, *ids])
            for place, number in enumerate(sorted(taken), 1):
                self.done.numbers[table.name, number] = first + place

    def _rows_of(self, table: Table, rows: list[Row]) -> None:
        model = model_of(table)
        rows = [{**row, "id": self.done.number(table.name, row["id"])} for row in rows]
        later: list[tuple[str, int, int]] = []
        for way in ways_of(table):
            known = self._package.rows.get(way.target, {})
            outside = {row[way.column] for row in rows} - set(known) - {None}
            there = self._followed(way.target, outside)
            kept: list[Row] = []
            for row in rows:
                value = row[way.column]
                if value in known:
                    value = self.done.number(way.target, value)
                    if way.target == table.name and way.is_nullable:
                        later.append((way.column, row["id"], value))
                        value = None
                elif value is not None:
                    value = there.get(value)
                    if value is None and not way.is_nullable:
                        self.done.lost[table.name] += 1
                        continue
                kept.append({**row, way.column: value})
            rows = kept
        write_rows(self._connection, table, rows)
        for column, number, value in later:
            self._connection.execute(
                update(table).where(table.c.id == number).values({column: value})
            )
        if model is not None and rows:
            self.done.made[model] = {row["id"] for row in rows}
            if model.tracked:
                self.told += [_restored(model, row) for row in rows]

    def _existing(self, table: Table, ids: Iterable[int]) -> set[int]:
        wanted = table.c.id.in_(numbers(self._connection, ids))
        return set(self._connection.scalars(select(table.c.id).where(wanted)))

    def _followed(self, target: str, ids: set[int]) -> dict[int, int]:
        """Return where links to other records lead now: what was merged is found where it is."""
        table = Base.metadata.tables.get(target)
        found: dict[int, int] = {}
        if not ids:
            return found
        if table is None:  # accounts are Flask-AppBuilder's
            from flask_appbuilder.security.sqla.models import User

            table = User.__table__
        there = self._existing(table, ids)  # pyright: ignore[reportArgumentType]
        found.update({number: number for number in there})
        asked = {number: number for number in ids - set(found)}
        for _turn in range(MOST_TURNS):
            if not asked:
                break
            went = merged_into(self._connection, target, set(asked.values()))
            asked = {old: went[at] for old, at in asked.items() if at in went}
            there = self._existing(table, asked.values())  # pyright: ignore[reportArgumentType]
            found.update({old: at for old, at in asked.items() if at in there})
            asked = {old: at for old, at in asked.items() if at not in there}
        return found

    def _column(self, table: Table, one: Written) -> None:
        target = next((way.target for way in ways_of(table) if way.column == one.column), "")
        old, new = (revived(table, one.column, value) for value in (one.old, one.new))
        if target and old is not None:
            old = self._followed(target, {self.done.number(target, old)}).get(
                self.done.number(target, old)
            )
            if old is None and not table.c[one.column].nullable:
                self.done.lost[table.name] += len(one.ids)
                return
        column = table.c[one.column]
        ids = [self.done.number(table.name, number) for number in one.ids]
        still = set(
            self._connection.scalars(
                select(table.c.id).where(
                    table.c.id.in_(numbers(self._connection, ids)),
                    column.is_not_distinct_from(bindparam(None, new, type_=column.type)),
                )
            )
        )
        if len(still) < len(ids):
            self.done.changed[table.name] += len(ids) - len(still)
        if not still:
            return
        model = model_of(table)
        signed: dict[str, Any] = {}
        if model is not None:
            by = actor_of(self._session).user_id
            signed = {"version": table.c.version + 1, "updated_at": now(), "updated_by_id": by}
            self.done.moved.setdefault(model, set()).update(still)
        self._connection.execute(
            update(table)
            .where(table.c.id.in_(numbers(self._connection, still)))
            .values({one.column: old, **signed})
        )
        item = fields_of(model).get(one.column) if model is not None and model.tracked else None
        if item is not None and one.column not in log.SILENT:
            pair = [item.kind.plain(new), item.kind.plain(old)]
            self.told += [
                {"entity": table.name, "record_id": number, "action": "update",
                 "changes": {one.column: pair}}
                for number in sorted(still)
            ]  # fmt: skip


def _restored(model: type[Record], row: Row) -> dict[str, Any]:
    changes = {
        name: [None, item.kind.plain(row[name])]
        for name, item in fields_of(model).items()
        if name not in log.SILENT and row.get(name) not in (None, "", ())
    }
    return {
        "entity": model.__tablename__, "record_id": row["id"], "action": "restore",
        "changes": changes, "owner_id": row.get("owner_id"),
    }  # fmt: skip


__all__ = ["PutBack", "put_back"]
