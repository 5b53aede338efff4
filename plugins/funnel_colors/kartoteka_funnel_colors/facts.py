"""What colours ask of a client's history beyond the facts of the core."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from kartoteka.api import Ask, Client, Deal, Fact, Integer, Reference, Tally, _

LOST_BECAUSE = "funnel_colors_lost_because"


def reason_said() -> Any:
    """Return why a client is lost, in SQL: said when it left, else at the last deal it refused."""
    refused = (
        select(Deal.lost_reason_id)
        .where(Deal.client_id == Client.id, Deal.lost_reason_id.is_not(None))
        .order_by(Deal.closed_at.desc(), Deal.id.desc())
        .limit(1)
        .correlate(Client)
        .scalar_subquery()
    )
    return func.coalesce(Client.lost_reason_id, refused)


def _requests(_ask: Ask) -> Tally:
    return Tally(of=Deal.client_id, value=func.count())


FACTS = (
    Fact(
        code="funnel_colors_requests", title=_("Number of requests ever placed"),
        kind=Integer(0), missing=0, statement=_requests,
    ),
    Fact(
        code=LOST_BECAUSE, title=_("Reason said: when it left, else for its last refused deal"),
        kind=Reference("lost_reason"), statement=lambda _ask: reason_said(),
    ),
)  # fmt: skip

__all__ = ["FACTS", "LOST_BECAUSE", "reason_said"]
