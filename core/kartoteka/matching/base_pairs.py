"""Which clients of the base may be there twice?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.matching import further
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.clients import without_hidden
from kartoteka.matching.comparing import Prepared, find_pairs
from kartoteka.matching.scoring import ENOUGH
from kartoteka.models.client import Client
from kartoteka.models.contact import ContactPoint

#: In a larger base only clients with a key or a whole text in common are compared: the keys of all
#: words of a million clients take more memory than a server should give.
BY_WORD = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A client of a pair."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientPair:
    """Two clients that may be one, and why."""

    clients: tuple[Named, Named]
    score: float
    same: tuple[str, ...]
    similar: tuple[str, ...]
    different: tuple[str, ...]


def find_in_base(
    session: Session, least: float = ENOUGH, told: Callable[[int, int], None] | None = None
) -> tuple[int, list[ClientPair]]:
    """Return how many clients were looked at, and the pairs that may be one, the surest first.

    Only clients the person of the session sees, by fields that are not hidden from them. Two
    statements, one more for each column of a plugin.

    Args:
        told: is called now and then with the clients that are compared and all of them.
    """
    points: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    kinds = ("phone", "mobile", "fax", "email")
    for client_id, kind, value in session.execute(
        select(ContactPoint.client_id, ContactPoint.kind, ContactPoint.normalised).where(
            ContactPoint.client_id.is_not(None),
            ContactPoint.kind.in_(kinds),
            ContactPoint.normalised.is_not(None),
        )
    ):
        points[client_id or 0].append((kind, value or ""))
    matchers = further.matchers_of(session)
    columns = further.columns_with(matchers)
    more = [(one.code, further.values_of(session, one)) for one in matchers]
    names: list[Named] = []
    candidates: list[Candidate] = []
    for row in session.execute(
        select(Client.id, Client.name, Client.address, Client.website, Client.tax_id,
               Client.external_id).order_by(Client.id)
    ):  # fmt: skip
        ways = points.get(row.id, ())
        names.append(Named(id=row.id, name=row.name))
        candidates.append(
            Candidate(
                name=row.name, address=row.address or "", site=row.website or "",
                phones=tuple(value for kind, value in ways if kind != "email"),
                emails=tuple(value for kind, value in ways if kind == "email"),
                tax_id=row.tax_id or "", external_id=row.external_id or "",
                further=tuple((code, texts.get(row.id, "")) for code, texts in more),
            )
        )  # fmt: skip
    shown = without_hidden(session, candidates)
    records: list[Prepared] = [one.prepared(columns) for one in shown]
    total = len(records)

    def tell(done: int) -> None:
        if told is not None:
            told(done, total)

    found = [
        ClientPair(
            clients=(names[pair.left], names[pair.right]), score=pair.verdict.score,
            same=pair.verdict.same, similar=pair.verdict.similar, different=pair.verdict.different,
        )
        for pair in find_pairs(
            columns, records, least=least, by_word=total <= BY_WORD, told=tell
        )
    ]  # fmt: skip
    return len(records), sorted(found, key=lambda pair: -pair.score)
