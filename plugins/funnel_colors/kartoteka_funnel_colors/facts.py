"""What colours ask of a client's history beyond the facts of the core."""

from __future__ import annotations

from sqlalchemy import func

from kartoteka.api import Ask, Deal, Fact, Integer, Tally, _


def _requests(_ask: Ask) -> Tally:
    return Tally(of=Deal.client_id, value=func.count())


FACTS = (
    Fact(
        code="funnel_colors_requests", title=_("Number of requests ever placed"),
        kind=Integer(0), missing=0, statement=_requests,
    ),
)  # fmt: skip
