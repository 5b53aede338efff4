"""Quick search: one folded text per record, indexed by trigrams on both databases.

`search_text` holds all searchable fields of a record, folded (letter case, ё as е), phones as
digits. SQLite keeps an FTS5 trigram table beside it by triggers; PostgreSQL a pg_trgm index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.sql.expression import table

from kartoteka.access.raw import SEARCH_INDEX
from kartoteka.fields.text import digits, fold, fold_all, national, numbers_meant, reads_as_number

#: A part of a domain in other than Latin letters, as the net knows it (RFC 3492).
_PUNYCODE = re.compile(r"\bxn--([a-z0-9-]+)", re.IGNORECASE)
_BETWEEN = " \n"
#: With these begins nothing that reads as a number.
_NO_NUMBER = frozenset("abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюя«\"'")
INDEXED = ("client", "contact", "deal", "task")
#: A search looks at no more candidates than this; whoever finds more writes another word.
MOST = 10_000
#: As many rows are indexed one by one: making the trigger anew takes longer.
FEW = 50
_LISTED = "id, search_text FROM {name} WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id"


def text_of(values: Iterable[Any]) -> str:
    """Return the search text made of the values of a record; phones also as their digits."""
    return text_of_parts(
        [_parts(fold(str(value))) for value in values if value is not None and value != ""]
    )


def parts_of(values: Sequence[Any]) -> list[str | None]:
    """Return what search texts hold of each of many values; None of those that are empty."""
    texts = [one if type(one) is str else None if one is None else str(one) for one in values]
    folded = iter(fold_all([one for one in texts if one]))
    return [_parts(next(folded)) if one else None for one in texts]


def text_of_parts(parts: Iterable[str | None]) -> str:
    """Return the search text made of the parts of its values, each part once."""
    whole = _BETWEEN.join([one for one in parts if one is not None])
    # No part has a line break, because folding leaves none.
    return _BETWEEN.join(dict.fromkeys(whole.split(_BETWEEN))) if _BETWEEN in whole else whole


def _parts(folded: str) -> str:
    more = ""
    if "xn--" in folded and _PUNYCODE.search(folded):
        more = f"{_BETWEEN}{fold(readable(folded))}"
    if folded[:1] not in _NO_NUMBER and reads_as_number(folded.partition(";ext=")[0]):
        number = digits(folded)
        if number != folded:
            more += f"{_BETWEEN}{number}"
    return folded + more


def terms_of(query: str) -> list[str]:
    """Return the words to look for; something that reads as a phone number is one word."""
    folded = fold(query)
    if reads_as_number(folded) and len(digits(folded)) >= 3:
        return [national(digits(folded))]
    return list(dict.fromkeys(folded.split()))[:8]


def readings_of(query: str) -> list[list[str]]:
    """Return the ways to read a query, each a list of words that must all be there.

    `24/7` may be a part of a phone number or of a name, `ромашка 123-45` a name and a part of a
    phone: each is looked for in both ways.
    """
    folded = fold(query)
    found = [terms_of(query)]
    if reads_as_number(folded):
        found.append([folded])
        found += [[number] for number in numbers_meant(folded)]
    else:
        found.append([_as_number(word) for word in terms_of(query)])
    if _PUNYCODE.search(folded):
        found.append(fold(readable(folded)).split())
    return [list(words) for words in dict.fromkeys(map(tuple, found)) if words]


def readable(text: str) -> str:
    """Return a text with domains as people read them: `пример.рф` for `xn--e1afmkfd.xn--p1ai`."""

    def decoded(label: re.Match[str]) -> str:
        try:
            return label[1].encode().decode("punycode")
        except UnicodeError:
            return label[0]

    return _PUNYCODE.sub(decoded, text)


def _as_number(word: str) -> str:
    return national(digits(word)) if reads_as_number(word) else word


def matches(model: Any, query: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a record holds every word of a query, in any order.

    `%` and `_` are plain characters. Works on any class that is `Searchable`.
    """
    contained = contains_all(model, query, dialect)
    indexed = _indexed_readings(query)
    name = model.__tablename__
    if dialect == "sqlite" and name in INDEXED and indexed:
        return and_(model.id.in_(_index_rows(name, indexed).limit(MOST * 10)), contained)
    return contained


def contains_all(model: Any, query: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that the search text holds every word, without using the index."""
    return _contained(model.search_text, query, dialect)


def _contained(attribute: Any, query: str, dialect: str) -> ColumnElement[bool]:
    readings = [
        and_(*(_contains(attribute, word, dialect) for word in words))
        for words in readings_of(query)
    ]
    return or_(*readings) if readings else false()


def candidates(connection: Connection, model: Any, query: str, most: int) -> list[int] | None:
    """Return ids of records that hold every word, at most so many, in no order.

    None when the index can not tell, because all words are shorter than a trigram. Rights are not
    applied.
    """
    found = _found(connection, model, query)
    return None if found is None else list(connection.scalars(found.limit(most)))


def counted(connection: Connection, model: Any, query: str, most: int) -> int:
    """Return how many records may hold every word, as the index has it, counted up to `most`."""
    if connection.dialect.name == "sqlite":
        rows = _index_rows(model.__tablename__, _indexed_readings(query))
    else:
        rows = _found(connection, model, query)
    limited = rows.limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(limited)) or 0


def _found(connection: Connection, model: Any, query: str) -> Any:
    indexed = _indexed_readings(query)
    if not indexed:
        return None
    records: Any = model.__table__
    holds = _contained(records.c.search_text, query, connection.dialect.name)
    if connection.dialect.name != "sqlite":
        return select(records.c.id).where(holds)
    rows = _index_rows(model.__tablename__, indexed).subquery()
    return (
        select(records.c.id)
        .select_from(rows.join(records, records.c.id == rows.c.rowid))
        .where(holds)
    )


def _indexed_readings(query: str) -> list[list[str]]:
    """Return what the index is asked; nothing when one way of reading it has only short words."""
    found = [[word for word in words if len(word) >= 3] for words in readings_of(query)]
    return found if all(found) else []


def _index_rows(name: str, readings: list[list[str]]) -> Any:
    index: Any = table(f"{name}_search")
    index = index._annotate({SEARCH_INDEX: True})
    return (
        select(literal_column("rowid"))
        .select_from(index)
        .where(literal_column(f"{name}_search").op("MATCH")(_match(readings)))
    )


def _contains(attribute: Any, term: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "sqlite":
        return func.instr(attribute, term) > 0
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return attribute.like(f"%{escaped}%", escape="\\")


def _match(readings: Iterable[Iterable[str]]) -> str:
    """Return the FTS5 query: without positions in the index, each trigram is a word."""
    found: list[str] = []
    for terms in readings:
        grams = dict.fromkeys(
            term[start : start + 3] for term in terms for start in range(len(term) - 2)
        )
        found.append(" AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams))
    return " OR ".join(f"({one})" for one in found)


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


@contextmanager
def indexed_at_once(
    connection: Connection, name: str, ids: Sequence[int], *, are_new: bool
) -> Generator[None]:
    """Write search texts of rows, then index them together.

    SQLite would else put each row apart into its index, which takes most of the time of writing.

    Args:
        ids: the rows written meanwhile, and no others.
        are_new: they are inserted; else only their texts are changed.
    """
    if connection.dialect.name != "sqlite" or name not in INDEXED or len(ids) < FEW:
        yield
        return
    when = "insert" if are_new else "update"
    rows = _LISTED.format(name=name)
    given = {"ids": json.dumps(list(ids))}
    connection.execute(text(f"DROP TRIGGER {name}_search_{when}"))
    if not are_new:
        connection.execute(
            text(
                f"INSERT INTO {name}_search({name}_search, rowid, search_text) "
                f"SELECT 'delete', {rows}"
            ),
            given,
        )
    yield
    connection.execute(text(f"INSERT INTO {name}_search(rowid, search_text) SELECT {rows}"), given)
    _create_trigger(connection, name, when)


@contextmanager
def unindexed_at_once(connection: Connection, name: str, ids: Sequence[int]) -> Generator[None]:
    """Take rows out of the index together, then delete them and no others.

    Args:
        ids: the rows deleted meanwhile; what goes with them is of other tables.
    """
    if connection.dialect.name != "sqlite" or name not in INDEXED or len(ids) < FEW:
        yield
        return
    connection.execute(text(f"DROP TRIGGER {name}_search_delete"))
    connection.execute(
        text(
            f"INSERT INTO {name}_search({name}_search, rowid, search_text) "
            f"SELECT 'delete', {_LISTED.format(name=name)}"
        ),
        {"ids": json.dumps(list(ids))},
    )
    yield
    _create_trigger(connection, name, "delete")


def mend_index(connection: Connection) -> None:
    """Bring back what SQLite loses when a migration makes a table anew: triggers go with it."""
    there = {
        row[0]
        for row in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
        )
    }
    for name in INDEXED:
        if {name, f"{name}_search"} <= there and f"{name}_search_insert" not in there:
            _drop_triggers(connection, name)
            _create_triggers(connection, name)
            connection.execute(text(f"INSERT INTO {name}_search({name}_search) VALUES('rebuild')"))


def _create_triggers(connection: Connection, name: str) -> None:
    for when in ("insert", "delete", "update"):
        _create_trigger(connection, name, when)


def _create_trigger(connection: Connection, name: str, when: str) -> None:
    remove = (
        f"INSERT INTO {name}_search({name}_search, rowid, search_text) "
        "VALUES('delete', old.id, old.search_text);"
    )
    add = f"INSERT INTO {name}_search(rowid, search_text) VALUES (new.id, new.search_text);"
    event, body = {
        "insert": ("AFTER INSERT", add),
        "delete": ("AFTER DELETE", remove),
        "update": ("AFTER UPDATE OF search_text", remove + add),
    }[when]
    connection.execute(
        text(f"CREATE TRIGGER {name}_search_{when} {event} ON {name} BEGIN {body} END")
    )


def _drop_triggers(connection: Connection, name: str) -> None:
    for when in ("insert", "delete", "update"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}_search_{when}"))
