"""Which clients have a tax number, a number in another system, a phone or an e-mail?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, literal, select

from kartoteka.matching.candidate import Candidate
from kartoteka.models.client import Client
from kartoteka.models.contact import ContactPoint, Employment

Statement = Select[*tuple[Any, ...]]
#: Values of one statement; SQLite takes 32,766.
_CHUNK = 10_000
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]
_point: Table = ContactPoint.__table__  # pyright: ignore[reportAssignmentType]
_job: Table = Employment.__table__  # pyright: ignore[reportAssignmentType]


def key_statements(candidates: Sequence[Candidate]) -> list[Statement]:
    """Return SELECTs of (client id, kind of key, key) for clients that share a key with candidates.

    Phones and e-mails of people who work at a client are those of the client too.
    """
    found: list[Statement] = []
    for name in ("tax_id", "external_id"):
        values = {getattr(candidate, name) for candidate in candidates} - {""}
        column = _client.c[name]
        found += [
            select(_client.c.id.label("id"), literal(name).label("kind"), column.label("value"))
            .where(column.in_(part))
            for part in _parts(values)
        ]  # fmt: skip
    points = {key for one in candidates for key in (*one.phones, *one.emails)}
    for part in _parts(points):
        of_clients = _point.c.normalised.in_(part) & _point.c.client_id.is_not(None)
        found.append(
            select(_point.c.client_id.label("id"), literal("point").label("kind"),
                   _point.c.normalised.label("value")).where(of_clients)
        )  # fmt: skip
        found.append(
            select(_job.c.client_id.label("id"), literal("point").label("kind"),
                   _point.c.normalised.label("value"))
            .join_from(_point, _job, _job.c.contact_id == _point.c.contact_id)
            .where(_point.c.normalised.in_(part), _job.c.until.is_(None))
        )  # fmt: skip
    return found


def ids_by_keys(connection: Connection, candidates: Sequence[Candidate]) -> list[list[int]]:
    """Return for each candidate the clients that share a key with it."""
    holders: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for statement in key_statements(candidates):
        for number, kind, value in connection.execute(statement):
            holders[kind, value].add(number)
    found: list[list[int]] = []
    for one in candidates:
        keys = [("tax_id", one.tax_id), ("external_id", one.external_id)]
        keys += [("point", point) for point in (*one.phones, *one.emails)]
        found.append(sorted({number for key in keys for number in holders.get(key, ())}))
    return found


def _parts(values: Iterable[str]) -> list[list[str]]:
    ordered = sorted(values)
    return [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
