"""Which clients of the base have a key that a row of a file has too, and who may know of it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.client_keys import ids_by_keys
from kartoteka.matching.clients import without_hidden
from kartoteka.models.client import Client

_CHUNK = 10_000
_READ = ("id", "name", "tax_id", "external_id", "owner_id")
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyHolder:
    """A client of the base that has a key of a candidate.

    Args:
        is_seen: whether the person may see it; of one they may not, only that it is there and who
            is responsible may be told.
        owner_id: the responsible manager.
    """

    client_id: int
    is_seen: bool
    name: str
    tax_id: str
    external_id: str
    owner_id: int | None


def holders_of_keys(
    session: Session, candidates: Sequence[Candidate]
) -> list[tuple[KeyHolder, ...]]:
    """Return for each candidate the clients with its tax number, external id, phone or e-mail.

    The whole base is asked, whoever asks, but for values that are hidden from the person. Six
    statements, however many candidates there are (for each 10,000 values).
    """
    connection = connection_of(session)
    found = ids_by_keys(connection, without_hidden(session, candidates))
    ids = sorted({number for some in found for number in some})
    cards: dict[int, KeyHolder] = {}
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        seen = set(session.scalars(select(Client.id).where(Client.id.in_(part))))
        columns = [_client.c[name] for name in _READ]
        rows = connection.execute(select(*columns).where(_client.c.id.in_(part)))
        for row in rows.mappings():
            cards[row["id"]] = KeyHolder(
                client_id=row["id"], is_seen=row["id"] in seen, name=row["name"],
                tax_id=row["tax_id"] or "", external_id=row["external_id"] or "",
                owner_id=row["owner_id"],
            )  # fmt: skip
    return [tuple(cards[number] for number in some if number in cards) for some in found]


__all__ = ["KeyHolder", "holders_of_keys"]
