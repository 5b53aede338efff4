"""Find what the database deletes with a record, so that the history can tell of it too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import OPTION
from kartoteka.db.among import among
from kartoteka.fields.kinds import Reference
from kartoteka.hooks.registry import Registry

#: A record by the code of its entity and its number, with the values of its fields.
Going = tuple[str, int, dict[str, Any]]


def going_with(session: Session, deleted: Mapping[str, Iterable[int]]) -> Iterator[Going]:
    """Yield the records that go with others, once each; one statement for each way to refer.

    Args:
        session: rights are not asked: what goes, goes whoever sees it.
        deleted: numbers of the records to be deleted by code of their entity; not yielded.
    """
    registry: Registry | None = session.info.get("registry")
    if registry is None:
        return
    known: dict[str, set[int]] = {code: set(ids) for code, ids in deleted.items()}
    open_ones = {code: sorted(ids) for code, ids in known.items()}
    while open_ones:
        found: dict[str, list[int]] = {}
        for code, name, parent in _ties(registry, open_ones):
            seen = known.setdefault(code, set())
            for number, values in _rows(session, registry, code, name, open_ones[parent]):
                if number not in seen:
                    seen.add(number)
                    found.setdefault(code, []).append(number)
                    yield code, number, values
        open_ones = found


def _ties(registry: Registry, parents: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return entity, field and parent of the references that a deletion follows."""
    return [
        (entity.code, name, item.kind.table)
        for entity in registry.entities.values()
        for name, item in registry.fields(entity).items()
        if isinstance(item.kind, Reference)
        and item.kind.on_delete == "CASCADE"
        and item.kind.table in parents
    ]


def _rows(
    session: Session, registry: Registry, code: str, name: str, parents: list[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    model = registry.entity(code).model
    fields = registry.fields(code)
    column = fields[name].column()
    query = select(model.id, *(item.column() for item in fields.values()))
    query = query.execution_options(**{OPTION: True}, autoflush=False)
    wanted = among(column, parents, session.get_bind().dialect.name)
    for row in session.execute(query.where(wanted).order_by(model.id)):
        yield row[0], dict(zip(fields, row[1:], strict=True))


__all__ = ["Going", "going_with"]
