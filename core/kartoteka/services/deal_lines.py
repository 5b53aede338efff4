"""Deals as lists and pages show them: the stage as staff named it, days in it, overdue or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Stage
from kartoteka.models import Deal, LostReason, Product
from kartoteka.services.deals import StageView

#: More than these are reached through the list, which the page links to.
MOST_DEALS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class DealLine:
    """A deal as the card lists it. `days`: in this stage; `is_overdue`: longer than allowed."""

    deal: Deal
    stage: StageView | None
    product: str
    lost_reason: str
    days: int
    is_overdue: bool
    is_open: bool


def deals_of(
    session: Session, client_id: int, stages: Mapping[tuple[str, str], StageView]
) -> list[DealLine]:
    """Return the deals of a client, open ones first, newest first: one statement."""
    rows = session.execute(
        select(Deal, Product.name, LostReason.name)
        .outerjoin(Product, Product.id == Deal.product_id)
        .outerjoin(LostReason, LostReason.id == Deal.lost_reason_id)
        .where(Deal.client_id == client_id)
        .order_by(Deal.closed_at.is_not(None), Deal.stage_since.desc(), Deal.id.desc())
        .limit(MOST_DEALS)
    )
    return [
        deal_line(deal, stages.get((deal.pipeline, deal.stage)), product or "", lost or "")
        for deal, product, lost in rows
    ]


def deal_line(deal: Deal, stage: StageView | None, product: str = "", lost: str = "") -> DealLine:
    """Return a deal with what its stage says of it now."""
    days = max(0, (now() - deal.stage_since).days)
    return DealLine(
        deal=deal,
        stage=stage,
        product=product,
        lost_reason=lost,
        days=days,
        is_overdue=is_overdue(deal, stage.stage if stage else None),
        is_open=deal.closed_at is None,
    )


def is_overdue(deal: Deal, stage: Stage | None) -> bool:
    """Say whether a deal stays in its stage longer than the stage allows."""
    if stage is None or stage.max_days is None or deal.closed_at is not None:
        return False
    return (now() - deal.stage_since).days >= stage.max_days
