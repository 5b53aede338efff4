"""The segments of a wholesale firm."""

from __future__ import annotations

from kartoteka.api import Segment, _, all_of, any_of, fact_is, field_is

SEGMENTS = (
    Segment(
        code="wholesale_regular", title=_("Regular buyers"),
        description=_("At least three orders in a year"),
        criteria=all_of(fact_is("purchases", "ge", 3, days=365)),
    ),
    Segment(
        code="wholesale_sleeping", title=_("Sleeping clients"),
        description=_("They bought, but not for half a year: worth a call"),
        criteria=all_of(
            fact_is("days_since_purchase", "gt", 180), field_is("left_on", "empty"),
        ),
    ),
    Segment(
        code="wholesale_nobody_known", title=_("Nobody to talk to"),
        description=_("Large or important, but the decider is not known"),
        criteria=all_of(
            any_of(field_is("size_class", "eq", "A"), field_is("important", "eq", True)),
            fact_is("decider_known", "eq", False),
        ),
    ),
)  # fmt: skip
