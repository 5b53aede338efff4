"""Quick search: one folded text per record, indexed by trigrams on both databases.

`search_text` holds all searchable fields of a record, folded (letter case, ё as е), phones as
digits. SQLite keeps an FTS5 trigram table beside it by triggers; PostgreSQL a pg_trgm index.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, literal_column, select, text
from sqlalchemy.sql.expression import table

from kartoteka.access.raw import SEARCH_INDEX
from kartoteka.fields.text import digits, fold

INDEXED = ("client", "contact", "deal")
#: A search looks at no more candidates than this; whoever finds more writes another word.
MOST = 10_000
_PHONE = re.compile(r"\+?[\d\s()./-]{3,}")


def text_of(values: Iterable[Any]) -> str:
    """Return the search text made of the values of a record; phones also as their digits."""
    parts: list[str] = []
    for value in values:
        if value in (None, ""):
            continue
        folded = fold(str(value))
        parts.append(folded)
        if _PHONE.fullmatch(folded.partition(";ext=")[0]) and digits(folded) != folded:
            parts.append(digits(folded))
    return " \n".join(dict.fromkeys(parts))


def terms_of(query: str) -> list[str]:
    """Return the words to look for; something that reads as a phone number is one word."""
    folded = fold(query)
    if _PHONE.fullmatch(folded) and len(digits(folded)) >= 3:
        return [_national(digits(folded))]
    return list(dict.fromkeys(folded.split()))[:8]


def matches(model: Any, query: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a record holds every word of a query, in any order.

    `%` and `_` are plain characters. Works on any class that is `Searchable`.
    """
    contained = contains_all(model, query, dialect)
    trigrams = _trigram_terms(query)
    name = model.__tablename__
    if dialect == "sqlite" and name in INDEXED and trigrams:
        return and_(model.id.in_(_index_rows(name, trigrams).limit(MOST * 10)), contained)
    return contained


def contains_all(model: Any, query: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that the search text holds every word, without using the index."""
    terms = terms_of(query)
    if not terms:
        return false()
    return and_(*(_contains(model.search_text, term, dialect) for term in terms))


def candidates(connection: Connection, model: Any, query: str, most: int) -> list[int] | None:
    """Return ids of records that hold every word, at most so many; None when the index can not
    tell, because all words are shorter than a trigram. SQLite only; rights are not applied."""
    trigrams = _trigram_terms(query)
    if not trigrams:
        return None
    records: Any = model.__table__
    found = _index_rows(model.__tablename__, trigrams).subquery()
    contained = and_(*(_contains(records.c.search_text, t, "sqlite") for t in terms_of(query)))
    return list(
        connection.scalars(
            select(records.c.id)
            .select_from(found.join(records, records.c.id == found.c.rowid))
            .where(contained)
            .limit(most)
        )
    )


def _trigram_terms(query: str) -> list[str]:
    return [term for term in terms_of(query) if len(term) >= 3]


def _index_rows(name: str, terms: list[str]) -> Any:
    index: Any = table(f"{name}_search")
    index = index._annotate({SEARCH_INDEX: True})
    return (
        select(literal_column("rowid"))
        .select_from(index)
        .where(literal_column(f"{name}_search").op("MATCH")(_match(terms)))
    )


def _national(number: str) -> str:
    """Return what a number has in common at home and abroad: without 8 or 7, or without 0."""
    is_russian = len(number) == 11 and number[0] in "78"
    return number[1:] if is_russian or (len(number) > 6 and number[0] == "0") else number


def _contains(attribute: Any, term: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "sqlite":
        return func.instr(attribute, term) > 0
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return attribute.like(f"%{escaped}%", escape="\\")


def _match(terms: Iterable[str]) -> str:
    """Return the FTS5 query: without positions in the index, each trigram is a word."""
    grams = dict.fromkeys(
        term[start : start + 3] for term in terms for start in range(len(term) - 2)
    )
    return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams)


def create_index(connection: Connection, name: str) -> None:
    """Create the search index of a table (called by migrations)."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                f"CREATE VIRTUAL TABLE {name}_search USING fts5(search_text, content='{name}', "
                "content_rowid='id', tokenize='trigram case_sensitive 1', detail=none)"
            )
        )
        _create_triggers(connection, name)
    elif connection.dialect.name == "postgresql":
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        connection.execute(
            text(
                f"CREATE INDEX ix_{name}_search_text ON {name} USING gin (search_text gin_trgm_ops)"
            )
        )


def drop_index(connection: Connection, name: str) -> None:
    """Drop the search index of a table (called by migrations)."""
    if connection.dialect.name == "sqlite":
        _drop_triggers(connection, name)
        connection.execute(text(f"DROP TABLE IF EXISTS {name}_search"))
    else:
        connection.execute(text(f"DROP INDEX IF EXISTS ix_{name}_search_text"))


@contextmanager
def rebuilt_after(connection: Connection, names: Iterable[str] = INDEXED) -> Generator[None]:
    """Write many rows without keeping the index at each, then build it anew at once."""
    names = list(names)
    if connection.dialect.name == "sqlite":
        for name in names:
            _drop_triggers(connection, name)
        yield
        for name in names:
            connection.execute(text(f"INSERT INTO {name}_search({name}_search) VALUES('rebuild')"))
            _create_triggers(connection, name)
    else:
        for name in names:
            connection.execute(text(f"DROP INDEX IF EXISTS ix_{name}_search_text"))
        yield
        for name in names:
            create_index(connection, name)


def _create_triggers(connection: Connection, name: str) -> None:
    remove = (
        f"INSERT INTO {name}_search({name}_search, rowid, search_text) "
        "VALUES('delete', old.id, old.search_text);"
    )
    add = f"INSERT INTO {name}_search(rowid, search_text) VALUES (new.id, new.search_text);"
    for when, event, body in (
        ("insert", "AFTER INSERT", add),
        ("delete", "AFTER DELETE", remove),
        ("update", "AFTER UPDATE OF search_text", remove + add),
    ):
        connection.execute(
            text(f"CREATE TRIGGER {name}_search_{when} {event} ON {name} BEGIN {body} END")
        )


def _drop_triggers(connection: Connection, name: str) -> None:
    for when in ("insert", "delete", "update"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}_search_{when}"))
