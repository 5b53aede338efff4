"""The columns plugins add to those by which clients are compared, read set-wise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.hooks.contributions import Matcher
from kartoteka.hooks.registry import Registry
from kartoteka.matching.candidate import COLUMNS, Candidate
from kartoteka.matching.comparing import Compared
from kartoteka.matching.values import KINDS, Kind
from kartoteka.models.client import Client

_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]
_CHUNK = 500


def matchers_of(session: Session) -> list[Matcher]:
    """Return the columns plugins add; none by a field that is hidden from the actor."""
    registry: Registry | None = session.info.get("registry")
    if registry is None or not registry.matchers:
        return []
    seen = registry.fields_for("client", actor_of(session).roles)
    return [one for one in registry.matchers.values() if not one.field or one.field in seen]


def columns_with(matchers: Sequence[Matcher]) -> list[Compared]:
    """Return all columns by which clients are compared, in the order of `Candidate.prepared`."""
    return [
        *COLUMNS,
        *(Compared(label=one.code, code=one.code, given=_kind(one)) for one in matchers),
    ]


def values_of(
    session: Session, one: Matcher, ids: Sequence[int] | None = None
) -> Mapping[int, str]:
    """Return what clients have in a column: one statement for each 500, or one for all clients."""
    if one.values is not None:
        return one.values(session, ids)
    column, connection = _client.c[one.field], connection_of(session)
    query = select(_client.c.id, column).where(column.is_not(None))
    parts = [query] if ids is None else [
        query.where(_client.c.id.in_(ids[start : start + _CHUNK]))
        for start in range(0, len(ids), _CHUNK)
    ]  # fmt: skip
    return {row[0]: str(row[1]) for part in parts for row in connection.execute(part)}


def with_further(
    session: Session, cards: Mapping[int, Candidate], matchers: Sequence[Matcher]
) -> dict[int, Candidate]:
    """Return cards with what plugins know of their clients."""
    found = dict(cards)
    for one in matchers:
        for number, text in values_of(session, one, sorted(cards)).items():
            if number in found:
                card = found[number]
                found[number] = replace(card, further=(*card.further, (one.code, text)))
    return found


def ids_by_further(
    session: Session, candidates: Sequence[Candidate], matchers: Iterable[Matcher]
) -> list[set[int]]:
    """Return for each candidate the clients that share a plugin's key with it."""
    found: list[set[int]] = [set() for _candidate in candidates]
    for one in matchers:
        if not one.is_key:
            continue
        texts = [dict(candidate.further).get(one.code, "") for candidate in candidates]
        wanted = sorted({text for text in texts if text})
        if not wanted:
            continue
        holders = one.holders(session, wanted) if one.holders else _holders(session, one, wanted)
        for mine, text in zip(found, texts, strict=True):
            mine.update(holders.get(text, ()))
    return found


def of_values(
    matchers: Iterable[Matcher], values: Mapping[str, Any]
) -> tuple[tuple[str, str], ...]:
    """Return what the values of a form say of the columns that are fields."""
    return tuple(
        (one.code, str(values[one.field]))
        for one in matchers
        if one.field and values.get(one.field) not in (None, "")
    )


def _holders(session: Session, one: Matcher, wanted: Sequence[str]) -> Mapping[str, Sequence[int]]:
    column, found = _client.c[one.field], dict[str, list[int]]()
    for start in range(0, len(wanted), _CHUNK):
        rows = connection_of(session).execute(
            select(column, _client.c.id).where(column.in_(wanted[start : start + _CHUNK]))
        )
        for value, number in rows:
            found.setdefault(str(value), []).append(number)
    return found


def _kind(one: Matcher) -> Kind:
    read = KINDS["text"].read if one.is_text else KINDS["external_id"].read
    return Kind(
        code=one.code, read=read, is_text=one.is_text, speaks_for=one.speaks_for,
        speaks_against=one.speaks_against,
    )  # fmt: skip


__all__ = [
    "columns_with", "ids_by_further", "matchers_of", "of_values", "values_of", "with_further",
]  # fmt: skip
