"""Keep the search texts of records: for rows about to be written, and for some that changed."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.db.among import among
from kartoteka.db.columns import update_columns
from kartoteka.db.search import indexed_at_once, parts_of, text_of, text_of_parts
from kartoteka.fields.field import fields_of
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint

_CHUNK = 5000
_LATER = "kartoteka.search_texts_later"


def refresh_search(session: Session, model: type[Any], ids: Iterable[int]) -> None:
    """Write the search texts of some records anew: a few statements for each 5000 of them.

    Texts that are right already are left alone.
    """
    waiting: dict[type[Any], set[int]] | None = session.info.get(_LATER)
    if waiting is not None:
        waiting.setdefault(model, set()).update(ids)
        return
    connection, wanted = connection_of(session), sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        _refresh(connection, model, wanted[start : start + _CHUNK])


@contextmanager
def refreshed_later(session: Session) -> Generator[None]:
    """Write search texts anew once and at the end, so that records that go meanwhile cost nothing.

    Until then search finds what it found before; it has to be one transaction.
    """
    if _LATER in session.info:
        yield
        return
    waiting: dict[type[Any], set[int]] = {}
    session.info[_LATER] = waiting
    try:
        yield
    finally:
        del session.info[_LATER]
    for model, ids in waiting.items():
        refresh_search(session, model, ids)


def texts_of_new(
    connection: Connection,
    model: type[Any],
    columns: Mapping[str, Sequence[Any]],
    count: int,
    points: Mapping[int, Sequence[str]],
) -> list[str]:
    """Return the search texts of rows that are about to be written.

    Args:
        columns: their values, with defaults.
        points: by place of the row the normalised contact points that will be written for it.
    """
    parts = [
        parts_of(_as_kept(connection, model, name, columns[name]))
        for name, item in fields_of(model).items()
        if item.searchable and name in columns
    ]
    if not points:
        return list(map(text_of_parts, zip(*parts, strict=True))) if parts else [""] * count
    forms = iter(parts_of([form for held in points.values() for form in held]))
    of_points = {row: [next(forms) for _ in held] for row, held in points.items()}
    of_fields = zip(*parts, strict=True) if parts else [()] * count
    return [text_of_parts([*mine, *of_points.get(row, ())]) for row, mine in enumerate(of_fields)]


def _as_kept(
    connection: Connection, model: type[Any], name: str, values: Sequence[Any]
) -> Sequence[Any]:
    """Return values as they are read back: the text is made of what the database keeps."""
    kind = model.__table__.c[name].type.dialect_impl(connection.dialect)
    bind = kind.bind_processor(connection.dialect)
    read = kind.result_processor(connection.dialect, None)
    if bind is None and read is None:
        return values
    kept = [value if bind is None else bind(value) for value in values]
    return [value if read is None else read(value) for value in kept]


def _refresh(connection: Connection, model: type[Any], ids: list[int]) -> None:
    table, dialect = model.__table__, connection.dialect.name
    names = [name for name, item in fields_of(model).items() if item.searchable]
    values: dict[int, list[Any]] = {}
    texts: dict[int, str | None] = {}
    for row in connection.execute(
        select(table.c.id, table.c.search_text, *(table.c[name] for name in names)).where(
            among(table.c.id, ids, dialect)
        )
    ):
        texts[row[0]] = row[1]
        values[row[0]] = list(row[2:])
    if model in (Client, Contact):
        points: Any = ContactPoint.__table__
        holder = points.c.client_id if model is Client else points.c.contact_id
        asked = select(holder, points.c.normalised).where(among(holder, ids, dialect))
        for holder_id, value in connection.execute(asked.order_by(points.c.id)):
            if holder_id in values:
                values[holder_id].append(value)
    due = {number: text_of(parts) for number, parts in values.items()}
    changed = sorted(number for number, text in due.items() if texts[number] != text)
    if changed:
        with indexed_at_once(connection, table.name, changed, are_new=False):
            update_columns(
                connection, table, {"id": changed},
                {"search_text": [due[number] for number in changed]},
            )  # fmt: skip


__all__ = ["refresh_search", "refreshed_later", "texts_of_new"]
