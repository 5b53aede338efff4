"""The words of the wholesale trade: where clients come from, why they leave."""

from __future__ import annotations

from kartoteka.api import LostReasonItem, SourceItem, _

SOURCES = (
    SourceItem(code="wholesale_market", title=_("Wholesale market")),
    SourceItem(code="wholesale_round", title=_("Round of a sales agent")),
)

LOST_REASONS = (
    LostReasonItem(code="wholesale_range", title=_("Our range was too narrow")),
    LostReasonItem(code="wholesale_delivery", title=_("Terms of delivery did not suit")),
    LostReasonItem(code="wholesale_minimum", title=_("Minimum order was too high")),
    LostReasonItem(code="wholesale_payment", title=_("No payment on credit")),
)
