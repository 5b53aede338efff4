"""Where a client came from, and whom it buys from besides us, as the card shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from kartoteka.models import Client, ClientCompetitor, ClientSource, Competitor, Source

#: More than these are reached through the lists, which the page links to.
MOST_ROWS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """Where the client came from."""

    link: ClientSource
    source: str
    recommended_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CompetitorLine:
    """Whom the client buys from too, and why."""

    link: ClientCompetitor
    competitor: Competitor


def sources_of(session: Session, client_id: int) -> Sequence[SourceLine]:
    """Return the sources of a client, the newest first; names only of clients the reader sees."""
    rows = session.execute(_sources_statement(), {"client": client_id})
    return [
        SourceLine(link=link, source=source, recommended_by=name or "")
        for link, source, name in rows
    ]


def competitors_of(session: Session, client_id: int) -> Sequence[CompetitorLine]:
    """Return the competitors a client buys from, those preferred to us first."""
    rows = session.execute(
        select(ClientCompetitor, Competitor)
        .join(Competitor, Competitor.id == ClientCompetitor.competitor_id)
        .where(ClientCompetitor.client_id == client_id)
        .order_by(ClientCompetitor.is_preferred.desc(), Competitor.name)
        .limit(MOST_ROWS)
    )
    return [CompetitorLine(link=link, competitor=competitor) for link, competitor in rows]


@cache
def _sources_statement() -> Select[ClientSource, str, str]:
    # Aliases take longer to make than to ask, so statements with them are made once.
    other = aliased(Client)
    return (
        select(ClientSource, Source.name, other.name)
        .join(Source, Source.id == ClientSource.source_id)
        .outerjoin(other, other.id == ClientSource.recommended_by_id)
        .where(ClientSource.client_id == bindparam("client", type_=Integer()))
        .order_by(ClientSource.seen_on.desc(), ClientSource.id)
        .limit(MOST_ROWS)
    )


__all__ = ["CompetitorLine", "SourceLine", "competitors_of", "sources_of"]
