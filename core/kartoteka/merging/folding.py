"""Make records one: give what leads to one to the other, however deep rows clash on the way.

Set-wise: as many statements as there are columns that lead to the records, whatever the number of
rows. Rows that say the same in both become one themselves, by the same way (a member of two
decision-making units that become one, with the relations of the member). What is taken out and
what is written goes into a `Package`, the history tells it row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.fields.field import fields_of
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.merging.alike import filled_in, key_of
from kartoteka.merging.package import Package, Row, going, rows_by
from kartoteka.merging.ways import (
    Way,
    model_of,
    numbers,
    unique_sets,
    ways_of,
    ways_of_strangers,
    ways_to,
)
from kartoteka.models.record import Base, Record


class Folding:
    """One act that makes records one; nothing of it is written when the transaction fails."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = connection_of(session)
        self._told: list[dict[str, Any]] = []
        self.package = Package()
        #: Rows that were given to another record, by class.
        self.moved: dict[type[Record], set[int]] = {}
        #: Rows that went, by class.
        self.gone: dict[type[Record], set[int]] = {}

    def fold(self, table: Table, pairs: Mapping[int, int]) -> None:
        """Take records out of a table; what leads to one is given to the one it is paired with.

        Args:
            pairs: the number of a record that goes to that of the one that stays.
        """
        for way in [*ways_to(table.name), *ways_of_strangers(self._connection, table.name)]:
            self._give(way, pairs)
        self._take_out(table, rows_by(self._connection, table, "id", pairs))

    def tell(self) -> None:
        """Write into the history what was done to rows."""
        log.write(self._session, self._told)

    def _give(self, way: Way, pairs: Mapping[int, int]) -> None:
        table, column = way.table, way.table.c[way.column]
        model = model_of(table)
        if "id" not in table.c:
            self._connection.execute(_each(table, way.column), _named(pairs))
            return
        folded: dict[int, int] = {}
        if _may_clash(way, model):
            coming = rows_by(self._connection, table, way.column, pairs)
            there = rows_by(self._connection, table, way.column, set(pairs.values()))
            emptied, lost = self._contradicting(way, model, coming, pairs)
            for name, ids in emptied.items():
                self._empty(way.table, name, ids)
            out = lost | emptied.get(way.column, set())
            coming = [row for row in coming if row["id"] not in out]
            if lost:
                self._lose(table, lost)
            folded = self._same(way, model, coming, there, pairs)
            if model is not None and way.column in model.main_among:
                left = [row for row in coming if row["id"] not in folded]
                self._unmark(way, model, left, there, pairs)
        if folded:
            self.fold(table, folded)
        found: dict[int, list[int]] = {}
        for number, target in self._connection.execute(
            select(table.c.id, column).where(column.in_(numbers(self._connection, pairs)))
        ):
            found.setdefault(target, []).append(number)
        if not found:
            return
        self._connection.execute(
            _each(table, way.column, **self._signature(model)),
            _named({old: pairs[old] for old in found}),
        )
        for old, ids in found.items():
            self.package.note(table, way.column, old, pairs[old], ids)
            self._say_changed(model, way.column, old, pairs[old], ids)
            if model is not None:
                self.moved.setdefault(model, set()).update(ids)

    def _contradicting(
        self, way: Way, model: type[Record] | None, coming: Iterable[Row],
        pairs: Mapping[int, int],
    ) -> tuple[dict[str, set[int]], set[int]]:  # fmt: skip
        """Return the links to be left empty, by column, and rows that have no sense any more.

        Nothing is part of itself; who recommended is not who was recommended.
        """
        target = way.target
        emptied: dict[str, set[int]] = {}
        lost: set[int] = set()
        for row in coming:
            new = pairs[row[way.column]]
            broken = [
                one
                for one in (model.agreements if model else ())
                if way.column in one.fields and not one.is_kept_by({**row, way.column: new})
            ]
            if way.table.name == target and row["id"] == new and way.is_nullable:
                emptied.setdefault(way.column, set()).add(row["id"])
            elif broken:
                names = [way.column, *(name for one in broken for name in one.fields)]
                links = {one.column for one in ways_of(way.table, target) if one.is_nullable}
                name = next((name for name in names if name in links), "")
                if name:
                    emptied.setdefault(name, set()).add(row["id"])
                else:
                    lost.add(row["id"])
        return emptied, lost

    def _same(
        self, way: Way, model: type[Record] | None, coming: Iterable[Row], there: Iterable[Row],
        pairs: Mapping[int, int],
    ) -> dict[int, int]:  # fmt: skip
        """Return which rows become one with which; those that stay take over what they lack."""
        sets = [(names, True) for names in unique_sets(way.table) if way.column in names]
        if model is not None and way.column in model.same_by:
            sets.append((model.same_by, False))
        known: dict[tuple[Any, ...], Row] = {}

        def keys(row: Row) -> list[tuple[Any, ...]]:
            found: list[tuple[Any, ...]] = []
            for names, must in sets:
                key = (
                    tuple(row[name] for name in names)
                    if must or model is None
                    else key_of(model, names, row)
                )
                if key is not None and not (must and None in key):
                    found.append((must, names, key))
            return found

        for row in there:
            for key in keys(row):
                known.setdefault(key, row)
        folded: dict[int, int] = {}
        fills: dict[str, list[tuple[int, Any, Any]]] = {}
        for row in coming:
            mine = keys({**row, way.column: pairs[row[way.column]]})
            for must, names, key in mine:
                kept = known.get((must, names, key))
                if kept is None or kept["id"] == row["id"]:
                    continue
                taken = {} if model is None else filled_in(model, names, kept, row, must=must)
                if taken is None:
                    continue
                folded[row["id"]] = kept["id"]
                for name, value in taken.items():
                    fills.setdefault(name, []).append((kept["id"], kept[name], value))
                    kept[name] = value
                break
            else:
                for key in mine:
                    known.setdefault(key, {**row, way.column: pairs[row[way.column]]})
        self._fill(way.table, model, fills)
        return folded

    def _fill(
        self, table: Table, model: type[Record] | None,
        fills: Mapping[str, list[tuple[int, Any, Any]]],
    ) -> None:  # fmt: skip
        for name, rows in fills.items():
            self._connection.execute(
                update(table)
                .where(table.c.id == bindparam("of_row"))
                .values({name: bindparam("taken"), **self._signature(model)}),
                [{"of_row": number, "taken": new} for number, _old, new in rows],
            )
            for number, old, new in rows:
                self.package.note(table, name, old, new, [number])
                self._say_changed(model, name, old, new, [number])

    def _unmark(
        self, way: Way, model: type[Record], coming: Iterable[Row], there: Iterable[Row],
        pairs: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Leave one main phone or place of work among its like: that of the record that stays."""

        def among(row: Row) -> tuple[Any, ...]:
            return tuple(row[name] for name in model.main_among)

        taken = {among(row) for row in there if row["is_main"]}
        unmarked: set[int] = set()
        for row in coming:
            if row["is_main"]:
                mine = among({**row, way.column: pairs[row[way.column]]})
                if mine in taken:
                    unmarked.add(row["id"])
                taken.add(mine)
        if unmarked:
            self.rewrite(way.table, "is_main", True, False, unmarked)

    def _empty(self, table: Table, name: str, ids: Iterable[int]) -> None:
        column = table.c[name]
        held: dict[int, set[int]] = {}
        for number, target in self._connection.execute(
            select(table.c.id, column).where(
                table.c.id.in_(numbers(self._connection, ids)), column.is_not(None)
            )
        ):
            held.setdefault(target, set()).add(number)
        for target, rows in held.items():
            self.rewrite(table, name, target, None, rows)

    def rewrite(self, table: Table, name: str, old: Any, new: Any, ids: set[int]) -> None:
        """Write a value into rows that have another one, and note it."""
        if not ids:
            return
        model = model_of(table)
        self._connection.execute(
            update(table)
            .where(table.c.id.in_(numbers(self._connection, ids)))
            .values({name: new, **self._signature(model)})
        )
        self.package.note(table, name, old, new, ids)
        self._say_changed(model, name, old, new, sorted(ids))

    def _lose(self, table: Table, ids: set[int]) -> None:
        """Take out rows that have no sense any more, with what the database deletes with them."""
        taken = going(self._connection, table, ids)
        self.package.written += taken.written
        for name, rows in reversed(taken.rows.items()):
            self._take_out(Base.metadata.tables[name], list(rows.values()))

    def _take_out(self, table: Table, rows: list[Row]) -> None:
        model = model_of(table)
        ids = {row["id"] for row in rows}
        self.package.add(table, rows)
        if model is not None:
            self.gone.setdefault(model, set()).update(ids)
            if model.tracked:
                self._told += [_deleted(model, row) for row in rows]
        self._connection.execute(
            delete(table).where(table.c.id.in_(numbers(self._connection, ids)))
        )

    def _say_changed(
        self, model: type[Record] | None, name: str, old: Any, new: Any, ids: Iterable[int]
    ) -> None:
        if model is None or not model.tracked or name in log.SILENT:
            return
        item = fields_of(model).get(name)
        if item is not None:
            pair = [item.kind.plain(old), item.kind.plain(new)]
            self._told += [
                {"entity": model.__tablename__, "record_id": number, "action": "update",
                 "changes": {name: pair}}
                for number in ids
            ]  # fmt: skip

    def _signature(self, model: type[Record] | None) -> dict[str, Any]:
        if model is None:
            return {}
        table: Any = model.__table__
        by = actor_of(self._session).user_id
        return {"version": table.c.version + 1, "updated_at": now(), "updated_by_id": by}


def _may_clash(way: Way, model: type[Record] | None) -> bool:
    """Say whether rows have to be looked at before they are given to another record."""
    unique = any(way.column in names for names in unique_sets(way.table))
    if unique or way.target == way.table.name:
        return True
    if model is None:
        return False
    return (
        way.column in (*model.same_by, *model.main_among)
        or any(way.column in one.fields for one in model.agreements)
    )  # fmt: skip


def _each(table: Table, column: str, **more: Any) -> Any:
    changed = table.c[column] == bindparam("given_from")
    return update(table).where(changed).values({column: bindparam("given_to"), **more})


def _named(pairs: Mapping[int, int]) -> list[dict[str, int]]:
    return [{"given_from": old, "given_to": new} for old, new in pairs.items()]


def _deleted(model: type[Record], row: Row) -> dict[str, Any]:
    changes = {
        name: [item.kind.plain(row[name]), None]
        for name, item in fields_of(model).items()
        if name not in log.SILENT and row.get(name) not in (None, "", ())
    }
    return {
        "entity": model.__tablename__, "record_id": row["id"], "action": "delete",
        "changes": changes, "owner_id": row.get("owner_id"),
    }  # fmt: skip


__all__ = ["Folding"]
