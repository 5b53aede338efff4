"""What is read of clients to compare them, by their ids or by a search for what they share?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, func, literal, select, union

from kartoteka.db import search
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.candidates import Holders, Keys
from kartoteka.matching.client_keys import Statement, key_statements
from kartoteka.matching.names import name_words, words_of
from kartoteka.matching.spelling import skeleton, written
from kartoteka.matching.values import KINDS, Value, read
from kartoteka.models.client import Client
from kartoteka.models.contact import ContactPoint, Employment

_CHUNK = 500
#: How many clients one word may bring; of a common one more would not help.
_OF_A_WORD = 200
#: The part of the base that has a word of which too many came.
_COMMON = 20
_WORDS = 3
_EDGE = 4
_NAME = KINDS["name"]
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]
_point: Table = ContactPoint.__table__  # pyright: ignore[reportAssignmentType]
_job: Table = Employment.__table__  # pyright: ignore[reportAssignmentType]
_read = [
    _client.c[name]
    for name in ("id", "name", "address", "website", "tax_id", "external_id", "owner_id")
]


def cards_of(connection: Connection, ids: Sequence[int]) -> dict[int, Candidate]:
    """Return the cards of clients: two statements for each 500."""
    found: dict[int, Candidate] = {}
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        rows = connection.execute(select(*_read).where(_client.c.id.in_(part))).all()
        found.update(_cards(rows, _points(connection, part)))
    return found


def cards_by_search(
    connection: Connection, candidates: Sequence[Candidate]
) -> tuple[int, Counter[str], dict[int, Candidate]]:
    """Return about how many clients there are, their words and those that are most alike.

    Two statements. A word is looked for by its beginning and its end, so that a slip in one of them
    does no harm, as it is written and in the other alphabet.
    """
    dialect = connection.dialect.name
    asked: list[Statement] = [
        select(statement.subquery().c.id, literal(1).label("by_key"))
        for statement in key_statements(candidates)
    ]
    for piece in sorted({piece for one in candidates for piece in pieces_of(one.name)}):
        some = select(Client.id).where(search.matches(Client, piece, dialect)).limit(_OF_A_WORD)
        asked.append(select(some.subquery().c.id, literal(0).label("by_key")))
    if not asked:
        return 0, Counter(), {}
    every = union(*asked).subquery()
    ids = select(every.c.id, func.max(every.c.by_key).label("by_key")).group_by(every.c.id)
    found = ids.subquery()
    total = select(func.max(_client.c.id)).scalar_subquery()
    rows = connection.execute(
        select(*_read, found.c.by_key, total.label("total")).join(found, found.c.id == _client.c.id)
    ).all()
    if not rows:
        return 0, Counter(), {}
    names = {row.id: read(_NAME, row.name) for row in rows}
    near = _nearest(names, candidates)
    kept = [row for row in rows if row.by_key or row.id in near]
    points = _points(connection, [row.id for row in kept]) if kept else {}
    return rows[0].total, _counted(names, rows[0].total), _cards(kept, points)


def _nearest(names: Mapping[int, Value], candidates: Sequence[Candidate]) -> set[int]:
    """Return the clients whose names have the most in common with those of candidates."""
    keys = Keys([_NAME])
    holders = Holders([_NAME])
    for number, name in names.items():
        holders.add(number, (name,))
    return {
        number
        for one in candidates
        for number in holders.candidates(keys.of((read(_NAME, one.name),)))
    }


def _counted(names: Mapping[int, Value], total: int) -> Counter[str]:
    """Count words; of one that brought as many as it may nobody knows how many more there are."""
    words = Counter(word for name in names.values() for word in name)
    common = max(total // _COMMON, 1)
    return Counter(
        {word: max(count, common) if count >= _OF_A_WORD // 2 else count
         for word, count in words.items()}
    )  # fmt: skip


def pieces_of(name: str) -> list[str]:
    """Return what is looked for to find a name: edges of its longest words in both alphabets."""
    wanted = sorted(dict.fromkeys(name_words(name)), key=len, reverse=True)[:_WORDS]
    spellings = [spelling for word in wanted for spelling in written(word)]
    spellings += [word for word in words_of(name) if skeleton(word) in wanted]
    pieces = [piece for word in spellings for piece in (word[:_EDGE], word[-_EDGE:])]
    return [piece for piece in dict.fromkeys(pieces) if len(piece) >= 3 and piece.isalpha()]


def _cards(
    rows: Sequence[Row[Any]], points: Mapping[int, Sequence[tuple[str, str]]]
) -> dict[int, Candidate]:
    return {
        row.id: Candidate(
            client_id=row.id, name=row.name, address=row.address or "", site=row.website or "",
            phones=tuple(value for kind, value in points.get(row.id, ()) if kind != "email"),
            emails=tuple(value for kind, value in points.get(row.id, ()) if kind == "email"),
            tax_id=row.tax_id or "", external_id=row.external_id or "", owner_id=row.owner_id,
        )
        for row in rows
    }  # fmt: skip


def _points(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return phones and e-mails of clients and of the people who work there."""
    wanted = _point.c.kind.in_(("phone", "mobile", "fax", "email"))
    filled = wanted & _point.c.normalised.is_not(None)
    of_clients = select(_point.c.client_id, _point.c.kind, _point.c.normalised).where(
        _point.c.client_id.in_(ids), filled
    )
    of_people = (
        select(_job.c.client_id, _point.c.kind, _point.c.normalised)
        .join_from(_job, _point, _point.c.contact_id == _job.c.contact_id)
        .where(_job.c.client_id.in_(ids), _job.c.until.is_(None), filled)
    )
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for client_id, kind, value in connection.execute(union(of_clients, of_people)):
        found[client_id].append((kind, value))
    return found
