"""The list of pairs of clients that may be one: found by a job, decided by people, remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from kartoteka.access.scope import is_open, unscoped
from kartoteka.errors import NotAllowed
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.matching.base_pairs import ClientPair
from kartoteka.merging.decisions import decide
from kartoteka.models.client import Client
from kartoteka.models.removal import DuplicatePair, Removal
from kartoteka.services import records

State = Literal["open", "different"]
SIZE = 50
#: Of more pairs the surest are kept: nobody looks through more.
MOST = 10_000
_CHUNK = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPair:
    """Two clients that may be one, both of which the reader sees."""

    id: int
    ids: tuple[int, int]
    names: tuple[str, str]
    owners: tuple[int | None, int | None]
    score: float
    same: tuple[str, ...]
    similar: tuple[str, ...]
    different: tuple[str, ...]
    decided_by_id: int | None
    decided_at: datetime | None


def keep(session: Session, found: Sequence[ClientPair]) -> tuple[int, int]:
    """Write down the pairs of a search of the whole base; what people decided stays.

    Open pairs that were not found again go. Set-wise, in the caller's transaction.

    Returns:
        how many pairs are open now, and how many of them are new.
    """
    wanted = {_key(pair): pair for pair in found[:MOST]}
    with unscoped(session, "pairs of the whole base"):
        known = {
            (first, second): (number, state)
            for number, first, second, state in session.execute(
                select(DuplicatePair.id, DuplicatePair.first_id, DuplicatePair.second_id,
                       DuplicatePair.state)
            )
        }  # fmt: skip
        moment = now()
        new = [
            {"first_id": key[0], "second_id": key[1], "state": "open", "found_at": moment,
             **_said(pair)}
            for key, pair in wanted.items() if key not in known
        ]  # fmt: skip
        again = [
            {"of_pair": known[key][0], **_said(pair)}
            for key, pair in wanted.items()
            if key in known and known[key][1] == "open"
        ]
        # Merged ones that are found again were taken apart.
        gone = [n for key, (n, state) in known.items() if state == "open" and key not in wanted]
        connection, table = session.connection(), _table()
        for start in range(0, len(new), _CHUNK):
            connection.execute(insert(table), new[start : start + _CHUNK])
        if again:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("of_pair"))
                .values({name: bindparam(name) for name in ("score", "same", "similar",
                                                            "different")}),
                again,
            )  # fmt: skip
        for start in range(0, len(gone), _CHUNK):
            connection.execute(delete(table).where(table.c.id.in_(gone[start : start + _CHUNK])))
    return len(new) + len(again), len(new)


def pairs(session: Session, state: State, page: int = 0) -> tuple[int, list[FoundPair]]:
    """Return how many pairs there are and one page of them, the surest first: two statements.

    Only pairs of which the reader sees both clients.
    """
    first, second = aliased(Client), aliased(Client)
    query = (
        select(DuplicatePair, first.name, first.owner_id, second.name, second.owner_id)
        .join(first, first.id == DuplicatePair.first_id)
        .join(second, second.id == DuplicatePair.second_id)
        # SQLite gives the number of a deleted client to a later one.
        .where(
            DuplicatePair.state == state, first.created_at <= DuplicatePair.found_at,
            second.created_at <= DuplicatePair.found_at,
        )
    )  # fmt: skip
    total = session.scalar(_counted(query)) or 0
    rows = session.execute(
        query.order_by(DuplicatePair.score.desc(), DuplicatePair.id)
        .limit(SIZE)
        .offset(max(page, 0) * SIZE)
    )
    return total, [
        FoundPair(
            id=pair.id, ids=(pair.first_id, pair.second_id), names=(one, other),
            owners=(of_one, of_other), score=pair.score, same=_parts(pair.same),
            similar=_parts(pair.similar), different=_parts(pair.different),
            decided_by_id=pair.decided_by_id, decided_at=pair.decided_at,
        )
        for pair, one, of_one, other, of_other in rows
    ]  # fmt: skip


def merged(session: Session, page: int = 0) -> tuple[int, list[tuple[Removal, str]]]:
    """Return how many merges of clients can be taken back, and a page with the clients' names."""
    query = (
        select(Removal, Client.name)
        .join(Client, Client.id == Removal.kept_id)
        .where(Removal.kind == "merged", Removal.state == "kept", Removal.entity == "client")
    )
    if not is_open(session):
        # What was merged is told of by the client it went into, which the reader sees.
        wanted = Client.id.in_(_kept_ids(session))
        ids = set(session.scalars(select(Client.id).where(wanted)))
        query = query.where(Removal.kept_id.in_(sorted(ids)))
    with unscoped(session, "merges into clients the reader sees"):
        total = session.scalar(_counted(query)) or 0
        rows = session.execute(
            query.order_by(Removal.id.desc()).limit(SIZE).offset(max(page, 0) * SIZE)
        ).all()
    return total, [(row[0], row[1]) for row in rows]


def say_different(session: Session, one: int, other: int, state: State = "different") -> None:
    """Write down that two clients are not one, or that they may be after all.

    Raises:
        NotAllowed: a client out of sight, or no right to change clients.
    """
    entity = records.registry_of(session).entity("client")
    for number in (one, other):
        records.get(session, entity, number)
    if not records.may(session, entity, "edit"):
        raise NotAllowed(gettext("You have no right to change these records."))
    decide(session, one, other, state)


def _kept_ids(session: Session) -> list[int]:
    with unscoped(session, "into which clients was something merged?"):
        found = session.scalars(
            select(Removal.kept_id)
            .where(Removal.kind == "merged", Removal.state == "kept", Removal.entity == "client")
            .distinct()
        )
        return [number for number in found if number is not None]


def _key(pair: ClientPair) -> tuple[int, int]:
    first, second = sorted(one.id for one in pair.clients)
    return first, second


def _counted(query: Any) -> Select[int]:
    return select(func.count()).select_from(query.subquery())


def _said(pair: ClientPair) -> dict[str, Any]:
    return {
        "score": pair.score, "same": ",".join(pair.same)[:255],
        "similar": ",".join(pair.similar)[:255], "different": ",".join(pair.different)[:255],
    }  # fmt: skip


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _table() -> Any:
    return DuplicatePair.__table__


__all__ = ["SIZE", "FoundPair", "State", "keep", "merged", "pairs", "say_different"]
