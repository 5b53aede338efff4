"""Say what quick search finds in a list: own words, or the names of what a row belongs to.

Clients, people, deals and tasks have one folded text each, indexed by trigrams (`db.search`). Rows
of other tables are found by their own fields that are `searchable`, and through those texts: a
purchase by the name of its client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    and_,
    any_,
    exists,
    false,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from kartoteka.access.scope import connection_of
from kartoteka.criteria.texts import with_number, without_case
from kartoteka.db import search
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reference
from kartoteka.fields.text import fold, reads_as_number
from kartoteka.hooks.contributions import Entity
from kartoteka.services.records import registry_of, visible_fields

#: Up to so many found ids a search is answered from the ids, up to so many from the index, sorted;
#: above it along the sort order, where a page of them is found soon.
FEW, SOME = 2_000, 20_000
#: A glance takes the first so many that are found.
GLANCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A search as a condition.

    Args:
        few: sort what the condition finds; do not walk the order until enough is found.
        nothing: no record fits.
        partial: it holds only some of the records that fit.
    """

    condition: ColumnElement[bool]
    few: bool = False
    nothing: bool = False
    partial: bool = False


def is_searchable(session: Session, entity: Entity) -> bool:
    """Say whether the reader can find anything in a list by words."""
    if hasattr(entity.model, "search_text"):
        return True
    fields = visible_fields(session, entity)
    return any(item.searchable for item in fields.values()) or bool(_ways(session, fields))


def search_condition(session: Session, entity: Entity, query: str, glance: bool = False) -> Found:
    """Return the condition of a quick search over an entity.

    A rare word is answered from the index at once; a word that many thousands of records hold is
    looked for along the sort order, where a page of them is found soon.

    Args:
        glance: some of the records will do when hundreds fit.
    """
    model = entity.model
    dialect = session.get_bind().dialect.name
    if not hasattr(model, "search_text"):
        return _among_rows(session, entity, query)
    if model.__tablename__ not in search.INDEXED:
        return Found(condition=search.matches(model, query, dialect))
    connection, most = connection_of(session), GLANCE if glance else FEW
    ids = search.candidates(connection, model, query, most + 1)
    if ids is not None and (len(ids) <= most or glance):
        return Found(
            condition=_among(model.id, ids, dialect),
            few=True,
            nothing=not ids,
            partial=len(ids) > most,
        )
    if ids is not None and search.counted(connection, model, query, SOME + 1) <= SOME:
        return Found(condition=search.matches(model, query, dialect), few=True)
    return Found(condition=search.contains_all(model, query, dialect))


def _among(column: Any, ids: list[int], dialect: str) -> ColumnElement[bool]:
    """Say that a number is one of many; PostgreSQL takes them as one parameter, far quicker."""
    if dialect == "postgresql":
        return column == any_(literal(ids, ARRAY(Integer)))
    return column.in_(ids)


def _ways(session: Session, fields: Mapping[str, Field[Any]]) -> list[tuple[Field[Any], Entity]]:
    """Return the references by whose names rows are found; an index makes that cheap."""
    entities = registry_of(session).entities
    found: list[tuple[Field[Any], Entity]] = []
    for item in fields.values():
        kind = item.kind
        if isinstance(kind, Reference) and (item.index or item.required) and not item.readonly:
            target = entities.get(kind.table)
            if target is not None and (
                hasattr(target.model, "search_text")
                or any(one.searchable is True for one in visible_fields(session, target).values())
            ):
                found.append((item, target))
    return found


def _among_rows(session: Session, entity: Entity, query: str) -> Found:
    """Find rows by their own fields or by what they belong to."""
    dialect = session.get_bind().dialect.name
    fields = visible_fields(session, entity)
    conditions: list[ColumnElement[bool]] = []
    few, by_name = True, list[ColumnElement[bool]]()
    through = entity.model.found_through
    for item, target in _ways(session, fields):
        if through and item.name not in through:
            continue
        condition, indexed = _through(session, item, target, query)
        few &= indexed
        if condition is not None:
            conditions.append(condition)
            if through:
                by_name.append(and_(condition, _is_named(item, target, query, dialect)))
    if through:
        own = [one.column() for one in fields.values() if one.searchable is True]
        if not conditions or not own:
            return Found(condition=false(), nothing=True)
        held = and_(or_(*conditions), or_(_any_word(own, query, dialect), *by_name))
        return Found(condition=held, few=few)
    texts = [one.column() for one in fields.values() if one.searchable is True]
    if texts:
        conditions.append(_all_words(texts, query, dialect))
    wholes = [one for one in fields.values() if one.searchable == "whole"]
    conditions += [one.column().in_(_spellings(query)) for one in wholes]
    if not conditions:
        return Found(condition=false(), nothing=True)
    return Found(condition=or_(*conditions), few=few and not texts)


def _through(
    session: Session, item: Field[Any], target: Entity, query: str
) -> tuple[ColumnElement[bool] | None, bool]:
    """Return the condition that a row points to something found, and whether it names few rows.

    The condition is None where nothing was found.
    """
    dialect, column = session.get_bind().dialect.name, item.column()
    model: Any = target.model
    if model.__tablename__ in search.INDEXED:
        ids = search.candidates(connection_of(session), model, query, FEW + 1)
    else:
        rows = select(model.id).where(_own_words(session, target, model, query)).limit(FEW + 1)
        ids = list(session.scalars(rows))
    if ids is not None and len(ids) <= FEW:
        return (_among(column, ids, dialect) if ids else None), True
    other: Any = aliased(model)
    if model.__tablename__ in search.INDEXED:
        holds = search.contains_all(other, query, dialect)
    else:
        holds = _own_words(session, target, other, query)
    return exists(select(other.id).where(other.id == column, holds)), False


def _own_words(session: Session, entity: Entity, model: Any, query: str) -> ColumnElement[bool]:
    """Return the condition on the own words of a row; `model` is the class or an alias of it."""
    dialect = session.get_bind().dialect.name
    if hasattr(model, "search_text"):
        return search.matches(model, query, dialect)
    fields = visible_fields(session, entity)
    texts = [getattr(model, name) for name, one in fields.items() if one.searchable is True]
    return _all_words(texts, query, dialect)


def _is_named(item: Field[Any], target: Entity, query: str, dialect: str) -> ColumnElement[bool]:
    """Say that the name of what a row points to holds all words: not its phones and addresses."""
    other: Any = aliased(target.model)
    name = getattr(other, target.label)
    words = [without_case(name, word, dialect) for word in fold(query).split()]
    return exists(select(other.id).where(other.id == item.column(), *words))


def _any_word(columns: Sequence[Any], query: str, dialect: str) -> ColumnElement[bool]:
    folded = fold(query)
    words = [folded]
    if not reads_as_number(folded):
        words += [*folded.split(), *fold(search.readable(query)).split()]
    words = list(dict.fromkeys(words))
    return or_(
        *(
            or_(without_case(column, word, dialect), with_number(column, word))
            for column in columns
            for word in words
        )
    )


def _all_words(columns: Sequence[Any], query: str, dialect: str) -> ColumnElement[bool]:
    found = [
        or_(*(without_case(column, word, dialect) for column in columns))
        for word in search.terms_of(query)
    ]
    return and_(*found) if found else false()


def _spellings(query: str) -> list[str]:
    """Return a number as it may be kept: an index compares letters as they are."""
    typed = " ".join(query.split())
    return list(dict.fromkeys((typed, typed.upper(), typed.lower(), typed.capitalize())))


__all__ = ["FEW", "Found", "is_searchable", "search_condition"]
