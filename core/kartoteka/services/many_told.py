"""Tell of rows that were written set-wise: history, events, plugins that keep something."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any, Literal

from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.db.columns import of_each
from kartoteka.fields.field import Field, fields_of
from kartoteka.fields.kinds import Kind
from kartoteka.history import log
from kartoteka.hooks.contributions import RecordSaved
from kartoteka.models.client import Client
from kartoteka.models.record import Record
from kartoteka.services import events, notices, written
from kartoteka.services.many_rows import Rows, are_filled

#: 1.0 is 1.00, and 1 is true: each is told as it was written.
_EQUAL_YET_DIFFERENT = {Decimal, float}


def tell_new(session: Session, rows: Rows, ids: Sequence[int], names: Mapping[str, Any]) -> None:
    """Write the history of new rows, queue their events, and tell plugins of them.

    Args:
        rows: complete, as they are in the base.
        ids: their numbers.
        names: the fields that were set before defaults, each with the rows it was set for, or
            None for all.
    """
    model = rows.model
    if model.tracked:
        log.write_columns(
            session, model.__tablename__, "create", ids, rows.get("owner_id"),
            told_values(rows, is_new=True),
        )  # fmt: skip
    every = [name for name in fields_of(model) if name in names]
    partly = {name: names[name] for name in every if names[name] is not None}
    user_id = actor_of(session).user_id

    def saved() -> Iterator[RecordSaved]:
        for row, number in enumerate(ids):
            named = (
                every
                if not partly
                else [name for name in every if name not in partly or partly[name][row]]
            )
            yield RecordSaved(
                user_id=user_id, entity=model.__tablename__, record_id=number, action="create",
                fields=list(named),
            )  # fmt: skip

    events.emit_all(session, saved())
    notices.tell_given(session, model, ids, rows.get("owner_id"))
    tell_written(session, model, "create", ids, rows.get("client_id"))


def tell_written(
    session: Session,
    model: type[Record],
    action: Literal["create", "update"],
    ids: Sequence[int],
    clients: Sequence[int | None],
) -> None:
    """Have plugins told of rows; a client is told of as itself."""
    written.tell_rows(session, model, action, ids, ids if model is Client else clients)


def encoded(item: Field[Any], values: Sequence[Any]) -> Sequence[str]:
    """Return values as the history keeps them, in JSON."""
    plain: Callable[[Any], Any] = item.kind.plain
    if len(types := set(map(type, values))) == 1 and not types & _EQUAL_YET_DIFFERENT:
        if type(item.kind).plain is Kind.plain and types <= {str, int}:
            return list(map(encode_basestring_ascii if types == {str} else str, values))
        return of_each(lambda value: json.dumps(plain(value)), values)
    told = list(map(plain, values))
    if set(map(type, told)) == {str}:
        return list(map(encode_basestring_ascii, told))
    return [json.dumps(value) for value in told]


def told_values(rows: Rows, *, is_new: bool) -> list[str]:
    """Return what the history tells of each row: new ones came from nothing, others end there."""
    before, after = ("[null, ", "]") if is_new else ("[", ", null]")
    columns: list[list[str]] = []
    for name, item in fields_of(rows.model).items():
        values = rows.columns.get(name)
        if name in log.SILENT or values is None:
            continue
        is_there = are_filled(values)
        if not any(is_there):
            continue
        key = f"{json.dumps(name)}: {before}"
        if all(is_there):
            columns.append([f"{key}{text}{after}" for text in encoded(item, values)])
        else:
            some = encoded(item, [v for v, there in zip(values, is_there, strict=True) if there])
            waiting = iter(some)
            columns.append([f"{key}{next(waiting)}{after}" if there else "" for there in is_there])
    if not columns:
        return ["{}"] * rows.count
    return [f"{{{', '.join(filter(None, parts))}}}" for parts in zip(*columns, strict=True)]


__all__ = ["encoded", "tell_new", "tell_written", "told_values"]
