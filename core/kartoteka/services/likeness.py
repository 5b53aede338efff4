"""What a form says of a client or a person, read so that it can be compared with the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from kartoteka.fields.kinds import Reading
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.clients import PossibleDuplicate, possible_duplicates
from kartoteka.matching.further import matchers_of, of_values
from kartoteka.matching.people import PossiblePerson, possible_people
from kartoteka.services import contact_points, records

#: A form is told of whoever is that sure: less than a search of the base takes for one client,
#: because somebody is there to look, and a name is told before it is typed to its end.
LEAST = 0.35
#: Who is that sure, or has one of these in common, is asked about before saving.
SURE = 0.8
_DECISIVE = frozenset(("name", "person", "phone", "email", "tax_id", "external_id"))
MOST = 5


class Like(Protocol):
    """What a possible client and a possible person have alike."""

    @property
    def score(self) -> float: ...
    @property
    def same(self) -> tuple[str, ...]: ...


def clients_like(
    session: Session, values: Mapping[str, Any], points: Sequence[tuple[str, str]] = (),
    own_id: int | None = None,
) -> list[PossibleDuplicate]:  # fmt: skip
    """Return the clients a form may mean, the surest first.

    Args:
        values: field to typed text or value; what does not pass its check is left out.
        points: kind and typed text of phones and addresses.
        own_id: the client the form is about.
    """
    clean, _errors = records.parse_values(
        session, records.registry_of(session).entity("client"), values
    )
    phones, emails = split(session, points)
    candidate = Candidate(
        name=clean.get("name") or "", address=clean.get("address") or "",
        site=clean.get("website") or "", tax_id=clean.get("tax_id") or "",
        external_id=clean.get("external_id") or "", phones=phones, emails=emails, client_id=own_id,
        further=of_values(matchers_of(session), clean),
    )  # fmt: skip
    return possible_duplicates(session, [candidate], least=LEAST)[:MOST]


def people_like(
    session: Session, name: str, points: Sequence[tuple[str, str]] = (), own_id: int | None = None
) -> list[PossiblePerson]:
    """Return the people a form may mean, the surest first."""
    phones, emails = split(session, points)
    found = possible_people(session, name.strip(), phones, emails, own_id=own_id, least=LEAST)
    return found[:MOST]


def is_strong(one: Like) -> bool:
    """Say whether a person should look before saving."""
    return one.score >= SURE or bool(_DECISIVE & set(one.same))


def split(
    session: Session, points: Sequence[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phones and the e-mails among typed points, normalised; half-typed ones are not."""
    reading: Reading = session.info.get("reading") or Reading()
    phones: list[str] = []
    emails: list[str] = []
    for kind, text in points:
        if kind not in ("phone", "mobile", "fax", "email") or not text.strip():
            continue
        try:
            value = contact_points.normalised(kind, text, reading)
        except ValueError:
            continue
        (emails if kind == "email" else phones).append(value)
    return tuple(phones), tuple(emails)


__all__ = ["Like", "clients_like", "is_strong", "people_like", "split"]
